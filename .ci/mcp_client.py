"""An agent, as the Python SDK makes them, that asks each tool once."""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

QUESTIONS = {
    "list_drafts": {"limit": 5},
    "history": {"draft": "1"},
    "get_draft": {"draft": "1"},
    "diff": {"draft": "1@1", "to": 1},
    "search": {"words": "的"},
    "when": {"draft": "1", "sentence": "的"},
}


async def main(program, config):
    server = StdioServerParameters(command=program, args=["--config", config, "mcp"])
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert set(tools) == set(QUESTIONS), tools
        assert all(tool.annotations.readOnlyHint for tool in tools.values()), tools
        for name, arguments in QUESTIONS.items():
            answer = await session.call_tool(name, arguments)
            assert not answer.isError, f"{name}: {answer}"
            facts = json.loads(answer.content[1].text)
            print(f"{name}: {sum(len(block.text) for block in answer.content)} characters, {', '.join(facts)}")
        refused = await session.call_tool("get_draft", {"draft": "99999"})
        words = " ".join(block.text for block in refused.content)
        assert refused.isError and "list_drafts" in words, refused


asyncio.run(main(*sys.argv[1:]))
