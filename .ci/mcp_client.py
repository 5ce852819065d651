"""An agent, as the Python SDK makes them, that asks each tool once, and writes."""

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


WRITING = {"create_draft", "update_draft", "restore_draft", "delete_draft"}


async def ask(session, tool, **arguments):
    answer = await session.call_tool(tool, arguments)
    assert not answer.isError, f"{tool}: {answer}"
    return json.loads(answer.content[1].text)


async def change(session):
    """Changes a draft, is refused with a stale hash, restores, deletes, and makes a new draft."""
    read = await ask(session, "get_draft", draft="2")
    patch = [{"index": 0, "fields": {"title": "由智能体改写"}}]
    done = await ask(session, "update_draft", media_id="2", expected_hash=read["hash"], patch=patch, note="CI")
    assert done["report"]["complete"], done
    other = [{"index": 0, "fields": {"title": "另一个标题"}}]
    stale = await session.call_tool("update_draft", {"media_id": "2", "expected_hash": read["hash"], "patch": other})
    assert stale.isError and "somebody changed the draft" in stale.content[1].text, stale
    plan = await ask(session, "restore_draft", draft="2@1")
    restored = await ask(session, "restore_draft", draft="2@1", plan=plan["plan"]["number"])
    assert restored["hash"] != done["hash"], restored
    document = await session.call_tool("get_draft", {"draft": "2", "format": "json"})
    cover = json.loads(document.content[2].text.split("\n")[1])["news_item"][0]["thumb_media_id"]
    article = {"title": "由智能体新建", "content": "<p>正文</p>", "thumb_media_id": cover}
    made = await ask(session, "create_draft", account="mag", articles=[article])
    gone = await session.call_tool("delete_draft", {"media_id": made["media_id"], "expected_hash": made["hash"]})
    words = " ".join(block.text for block in gone.content)
    assert not gone.isError or "could not be brought back" in words, words
    states = [(await ask(session, "write_state", write=number))["write"]["state"] for number in (done["write"], made["write"])]
    assert states == ["done", "done"], states
    print("writes:", ", ".join(states))


async def main(program, config):
    server = StdioServerParameters(command=program, args=["--config", config, "mcp"])
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert set(tools) == set(QUESTIONS) | WRITING | {"write_state"}, tools
        assert all(tool.annotations.readOnlyHint == (name not in WRITING) for name, tool in tools.items()), tools
        for name, arguments in QUESTIONS.items():
            answer = await session.call_tool(name, arguments)
            assert not answer.isError, f"{name}: {answer}"
            facts = json.loads(answer.content[1].text)
            print(f"{name}: {sum(len(block.text) for block in answer.content)} characters, {', '.join(facts)}")
        await change(session)
        refused = await session.call_tool("get_draft", {"draft": "99999"})
        words = " ".join(block.text for block in refused.content)
        assert refused.isError and "list_drafts" in words, refused


asyncio.run(main(*sys.argv[1:]))
