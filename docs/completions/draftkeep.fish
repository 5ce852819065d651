# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_draftkeep_global_optspecs
    string join \n config= json q/quiet v/verbose color= h/help V/version
end

function __fish_draftkeep_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_draftkeep_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_draftkeep_using_subcommand
    set -l cmd (__fish_draftkeep_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c draftkeep -n "__fish_draftkeep_needs_command" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_needs_command" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_needs_command" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -s V -l version -d 'Print version'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "init" -d 'Write the first configuration: ask for one account, test it, and print the next command'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "run" -d 'Run the daemon: poll every account on schedule until stopped'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "poll" -d 'Poll accounts once: read their drafts, keep changed versions, then download pictures for at most 30 seconds'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "list" -d 'List drafts: state, title, number of versions, last change'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "log" -d 'Show the versions of a draft, newest first, and what changed in each'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "show" -d 'Show one version of a draft, by default the newest'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "diff" -d 'Show what changed between two versions of a draft, by default the last two'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "search" -d 'Search every version of every draft for words or a sentence'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "when" -d 'Tell when a sentence came into a draft, and when it went'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "mcp" -d 'Serve the archive to an agent: tools of the Model Context Protocol on stdin and stdout'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "pin" -d 'Pin a version, so that it is never pruned; or list what is pinned'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "prune" -d 'Remove old versions: a plan, and with --apply their going'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "compact" -d 'Give the room of what was removed back to the disk'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "assets" -d 'List the pictures of a version (covers, pictures of 图片消息, pictures in the text), and which are archived'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "restore" -d 'Restore a version: to files, as a new draft, or over the current draft'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "drill" -d 'Prove that a version comes back: as a new draft of a sandbox account, deleted again'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "undo" -d 'Take back what a program wrote, or a restore, by its number'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "repair" -d 'Make a new archive from what is left of a damaged one'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "export" -d 'Export the whole archive as a tree of files, readable and suitable for git'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "import" -d 'Bring an exported tree or another archive into the archive'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "import-backup" -d 'Replace the archive with a backup'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "copy" -d 'Copy the archive to another place, read the copy back and prove it'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "mirror" -d 'Bring the mirror of the archive up to date now'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "status" -d 'Show the status of each account: last poll, drafts, calls used and left today, problems and how to fix them'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "verify" -d 'Check the archive: recompute the hash of every version and picture and the checksum of every row, check what the views show and the records of polls, calls and restores, and run SQLite\'s integrity check'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "sql" -d 'Run read-only SQL queries on the archive'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "config" -d 'Check the configuration'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "notify" -d 'Who is told of what happens, what was sent, and what happened'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "web" -d 'Access to the pages for editors'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "gate" -d 'Programs that write drafts: what they asked for, and their tokens'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "demo" -d 'Show how it works, without any setup: a draft box, an editor working in it, and the daemon that keeps every version'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "simulate" -d 'Run a simulated WeChat platform, to develop and test clients'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "man" -d 'Write one manual page per command into a directory'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l name -d 'Your own name for the account: 1 to 32 characters of a-z, 0-9, _ and -' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l appid -d 'The account\'s AppID (开发者ID)' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l secret-file -d 'Read the AppSecret from this file; - is stdin' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l drafts -d 'Watch only these drafts, not the whole draft box: media_ids separated by commas' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l archive -d 'Path of the archive [default: the service\'s, else archive.db beside the configuration]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l api-base -d 'Base URL of the API, for a relay or the simulator' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l plain-secret -d 'Store the secret in a file even if systemd could store it encrypted'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l offline -d 'Do not test the account with the platform'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -l log -d 'Format of the log on stderr' -r -f -a "auto\t'journald for a service of systemd, else human'
human\t'For people, in local time'
json\t'One JSON object a line, in UTC'
journald\t'Into the systemd journal, each field by its name'"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -l log-level -d 'Log level: error, warn, info, debug, trace, or filters such as draftkeep::poll=debug [default: info]' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l all -d 'Use all calls that are left today, not only the share that quota_share allows, and call blocked endpoints again'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l believe -d 'Believe that drafts are gone even if too many disappeared at once; each is still confirmed separately'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l no-pictures -d 'Do not download pictures; the daemon or another poll does'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l state -d 'Only drafts in this state; may be repeated' -r -f -a "live\t''
missing\t''
published\t''
deleted\t''
gone\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l account -d 'Only drafts of this account; may be repeated' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -l limit -d 'Show only the newest N versions; 0 shows all' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -l format -d 'Output format' -r -f -a "text\t'Plain text'
html\t'HTML page with the archived pictures'
markdown\t'Markdown; pictures link to WeChat'
json\t'The document as received, byte for byte'
canonical\t'The canonical bytes, from which the version\'s hash is computed'"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -l stat -d 'Show one line an article, and a total'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l account -d 'Only drafts of this account; may be repeated' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l draft -d 'Only this draft: its number, media_id, or title' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l in -d 'Only in these parts: title, body, digest, author, caption' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l since -d 'Only versions seen at this time or later: 2026-11-01, or RFC 3339' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l until -d 'Only versions seen before this time' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l limit -d 'Show at most N drafts; 0 shows all' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l lost -d 'Only what the newest version no longer has'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l live -d 'Only what the newest version has, of drafts in their box'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l rebuild -d 'Make the index again'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand search" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand when" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand when" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand when" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand when" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand when" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand when" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand when" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mcp" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mcp" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mcp" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mcp" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mcp" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mcp" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mcp" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand pin" -l note -d 'Why it is pinned, in your words' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand pin" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand pin" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand pin" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand pin" -l remove -d 'Remove the pin'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand pin" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand pin" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand pin" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand pin" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l keep-last -d 'Keep the newest N versions of each draft' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l keep-within -d 'Keep all versions of this time, counted back from the last poll: 36h, 90d, 8w, 6m, 2y' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l keep-daily -d 'Keep the newest version of each of the last N days that have one' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l keep-weekly -d 'Keep the newest version of each of the last N weeks that have one' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l keep-monthly -d 'Keep the newest version of each of the last N months that have one' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l account -d 'Only drafts of this account; may be repeated' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l state -d 'Only drafts in this state; may be repeated' -r -f -a "live\t''
missing\t''
published\t''
deleted\t''
gone\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l drop-session-ends -d 'Let the last version of an editing session go too, unless a rule keeps it'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l apply -d 'Remove the versions for good'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand prune" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand compact" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand compact" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand compact" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand compact" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand compact" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand compact" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand compact" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l to -d 'Write files into this directory; it is created if needed' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l undo -d 'Undo a restore, by its number (7 or mag/7): the previous content is put back, or the new draft is deleted' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l resume -d 'Complete an interrupted restore, by its number (8 or mag/8)' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l account -d 'Create it in the draft box of this account, not in the draft\'s own' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l cover -d 'Use this permanent picture as the cover of article NUMBER (1 if not given); may be repeated' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l without -d 'Omit a field that the platform refuses; may be repeated' -r -f -a "author\t'作者'
digest\t'摘要; the platform fills in the beginning of the text'
link\t'阅读原文'
comments\t'留言'
product\t'商品'"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l plan -d 'Apply the plan with this number, whatever other plans were shown' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l as-new -d 'Create a new draft'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l in-place -d 'Overwrite the current draft, article by article'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l again -d 'Create another draft even if this content was restored already'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l apply -d 'Apply the plan'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand drill" -l account -d 'The account whose draft box is written to' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand drill" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand drill" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand drill" -l apply -d 'Do it'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand drill" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand drill" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand drill" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand drill" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand undo" -l plan -d 'Go over what the draft said in this plan' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand undo" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand undo" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand undo" -l apply -d 'Do it'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand undo" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand undo" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand undo" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand repair" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand repair" -l to -d 'Write the new archive here; there must be no file yet' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand repair" -l from -d 'Take lost versions, pictures and pins from this copy; can be given several times' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand repair" -l name -d 'Take an account whose name is lost for this one of the configuration' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand repair" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand repair" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand repair" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand repair" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand repair" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand repair" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -l account -d 'Export only this account' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -l archive -d 'Write to this archive, which is created if needed; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -l apply -d 'Merge the other archive; without it, only the plan is printed. A tree needs none'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -l archive -d 'Replace this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -l apply -d 'Replace the archive even if the backup has no version and its journal seems to be missing'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and not __fish_seen_subcommand_from list fetch help" -l archive -d 'Copy this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and not __fish_seen_subcommand_from list fetch help" -l encrypt-to -d 'Encrypt it for the key of this recipient: age1…, or a file with an OpenPGP key' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and not __fish_seen_subcommand_from list fetch help" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and not __fish_seen_subcommand_from list fetch help" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and not __fish_seen_subcommand_from list fetch help" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and not __fish_seen_subcommand_from list fetch help" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and not __fish_seen_subcommand_from list fetch help" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and not __fish_seen_subcommand_from list fetch help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and not __fish_seen_subcommand_from list fetch help" -a "list" -d 'Show the copies at a place, or at all of the configuration'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and not __fish_seen_subcommand_from list fetch help" -a "fetch" -d 'Bring a copy back as the SQLite file that it holds, and check it'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and not __fish_seen_subcommand_from list fetch help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from list" -l archive -d 'Copy this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from list" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from list" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from list" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from fetch" -l identity -d 'The key of a copy that is encrypted with age, as age-keygen writes it' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from fetch" -l archive -d 'Copy this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from fetch" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from fetch" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from fetch" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from fetch" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from fetch" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show the copies at a place, or at all of the configuration'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from help" -f -a "fetch" -d 'Bring a copy back as the SQLite file that it holds, and check it'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand copy; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mirror" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mirror" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mirror" -l overwrite -d 'Write edited files again; what stood there is moved aside'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mirror" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mirror" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mirror" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand mirror" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -l check -d 'Print one line for each problem and nothing else; exit with 3 if there is one'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -l sample -d 'Check the documents of only this share of the drafts, chosen at random' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -l format -d 'Output format [default: table, or json with --json]' -r -f -a "table\t'Columns for people, the first 1,000 rows'
csv\t'CSV after RFC 4180, with a line of names'
json\t'An array of objects'"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -f -a "check" -d 'Check the configuration and explain it'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -l online -d 'Also ask the platform for a token and the number of drafts of each account, and try each place of copies'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check the configuration and explain it'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -f -a "list" -d 'Show who is told of what, what waits, and what each target answered last'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -f -a "test" -d 'Send a test message now, and show what the target answers'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -f -a "preview" -d 'Show the message that events make for a target; sends nothing'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -f -a "retry" -d 'Try a target again that refused, or could not be reached'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -f -a "log" -d 'List the events: what happened to drafts, and what went wrong with accounts and the service'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and not __fish_seen_subcommand_from list test preview retry log help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from list" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from list" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from list" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from test" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from test" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from test" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from preview" -l target -d 'The name of a target in the configuration' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from preview" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from preview" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from preview" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from preview" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from preview" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from preview" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from retry" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from retry" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from retry" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from retry" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from retry" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from log" -l at-least -d 'Only events that matter so much: info, warning or alarm' -r -f -a "info\t''
warning\t''
alarm\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from log" -l limit -d 'Show only the newest N events; 0 shows all' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from log" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from log" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from log" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from log" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from log" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from log" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from log" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show who is told of what, what waits, and what each target answered last'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from help" -f -a "test" -d 'Send a test message now, and show what the target answers'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from help" -f -a "preview" -d 'Show the message that events make for a target; sends nothing'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from help" -f -a "retry" -d 'Try a target again that refused, or could not be reached'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from help" -f -a "log" -d 'List the events: what happened to drafts, and what went wrong with accounts and the service'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand notify; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and not __fish_seen_subcommand_from link password logout help" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and not __fish_seen_subcommand_from link password logout help" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and not __fish_seen_subcommand_from link password logout help" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and not __fish_seen_subcommand_from link password logout help" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and not __fish_seen_subcommand_from link password logout help" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and not __fish_seen_subcommand_from link password logout help" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and not __fish_seen_subcommand_from link password logout help" -f -a "link" -d 'Print an address that logs one person in to the pages, once, within ten minutes'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and not __fish_seen_subcommand_from link password logout help" -f -a "password" -d 'Ask for the editors\' password, and print the hash that the configuration needs'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and not __fish_seen_subcommand_from link password logout help" -f -a "logout" -d 'End the sessions of the pages, and make all links useless'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and not __fish_seen_subcommand_from link password logout help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from link" -l draft -d 'Show what this version changed, and nothing else, to whoever has the link' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from link" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from link" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from link" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from link" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from link" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from link" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from password" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from password" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from password" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from password" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from password" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from password" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from logout" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from logout" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from logout" -l all -d 'All of them'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from logout" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from logout" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from help" -f -a "link" -d 'Print an address that logs one person in to the pages, once, within ten minutes'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from help" -f -a "password" -d 'Ask for the editors\' password, and print the hash that the configuration needs'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from help" -f -a "logout" -d 'End the sessions of the pages, and make all links useless'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand web; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -f -a "list" -d 'List what programs asked to write, newest first'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -f -a "show" -d 'Show what a program asked to write, and what that would change'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -f -a "approve" -d 'Say yes to a write that waits, and carry it out'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -f -a "deny" -d 'Say no to a write that waits'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -f -a "token" -d 'Make a token for a program, and print it once'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -f -a "tokens" -d 'List the tokens of programs, the revoked ones too'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -f -a "revoke" -d 'Let a token open nothing any more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and not __fish_seen_subcommand_from list show approve deny token tokens revoke help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from list" -l limit -d 'Show only the newest N writes; 0 shows all' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from list" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from list" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from list" -l held -d 'Only what waits until somebody says yes'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from list" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from show" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from show" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from show" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from approve" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from approve" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from approve" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from approve" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from approve" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from deny" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from deny" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from deny" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from deny" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from deny" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from deny" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from token" -l account -d 'The account whose draft box it opens' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from token" -l name -d 'What it is called; writes are known by this name. Letters a to z, digits, - and _' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from token" -l allow -d 'What it may do, of create, update, delete; without it, it may only read' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from token" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from token" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from token" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from token" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from token" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from tokens" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from tokens" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from tokens" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from tokens" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from tokens" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from tokens" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from revoke" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from revoke" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from revoke" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "list" -d 'List what programs asked to write, newest first'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show what a program asked to write, and what that would change'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "approve" -d 'Say yes to a write that waits, and carry it out'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "deny" -d 'Say no to a write that waits'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "token" -d 'Make a token for a program, and print it once'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "tokens" -d 'List the tokens of programs, the revoked ones too'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'Let a token open nothing any more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l seconds -d 'Stop after this many seconds, but not before the lost article is restored' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l keep -d 'Keep the configuration and the archive in this new directory; without it, nothing is kept' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l http -d 'Serve health and metrics on this address and port, or on this unix socket' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l web -d 'Serve the pages for editors on this address and port [default: any free port of this machine]' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l no-web -d 'Serve no pages'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l listen -d 'Address to listen on; port 0 picks a free port' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l load -d 'Fill the draft box from a directory: one draft for each *.json file, in the format of a draft/get answer' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l appid -d 'The account\'s appid' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l secret -d 'The account\'s AppSecret' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l profile -d 'Type of the account: verified, personal, expired, punished or test' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l order -d 'Sort order of the draft list: created or updated' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l seed -d 'Random seed; the same seed gives the same run' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l fault -d 'Add a fault, in the JSON of POST /simulator/fault; may be repeated' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l robots -d 'Print the addresses of robots that receive notifications, and what they receive'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -l color -d 'Use colours; auto means in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -s q -l quiet -d 'Only print warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -s v -l verbose -d 'Print more; repeat for even more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "init" -d 'Write the first configuration: ask for one account, test it, and print the next command'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "run" -d 'Run the daemon: poll every account on schedule until stopped'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "poll" -d 'Poll accounts once: read their drafts, keep changed versions, then download pictures for at most 30 seconds'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "list" -d 'List drafts: state, title, number of versions, last change'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "log" -d 'Show the versions of a draft, newest first, and what changed in each'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "show" -d 'Show one version of a draft, by default the newest'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "diff" -d 'Show what changed between two versions of a draft, by default the last two'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "search" -d 'Search every version of every draft for words or a sentence'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "when" -d 'Tell when a sentence came into a draft, and when it went'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "mcp" -d 'Serve the archive to an agent: tools of the Model Context Protocol on stdin and stdout'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "pin" -d 'Pin a version, so that it is never pruned; or list what is pinned'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "prune" -d 'Remove old versions: a plan, and with --apply their going'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "compact" -d 'Give the room of what was removed back to the disk'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "assets" -d 'List the pictures of a version (covers, pictures of 图片消息, pictures in the text), and which are archived'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "restore" -d 'Restore a version: to files, as a new draft, or over the current draft'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "drill" -d 'Prove that a version comes back: as a new draft of a sandbox account, deleted again'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "undo" -d 'Take back what a program wrote, or a restore, by its number'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "repair" -d 'Make a new archive from what is left of a damaged one'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "export" -d 'Export the whole archive as a tree of files, readable and suitable for git'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "import" -d 'Bring an exported tree or another archive into the archive'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "import-backup" -d 'Replace the archive with a backup'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "copy" -d 'Copy the archive to another place, read the copy back and prove it'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "mirror" -d 'Bring the mirror of the archive up to date now'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "status" -d 'Show the status of each account: last poll, drafts, calls used and left today, problems and how to fix them'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "verify" -d 'Check the archive: recompute the hash of every version and picture and the checksum of every row, check what the views show and the records of polls, calls and restores, and run SQLite\'s integrity check'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "sql" -d 'Run read-only SQL queries on the archive'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "config" -d 'Check the configuration'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "notify" -d 'Who is told of what happens, what was sent, and what happened'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "web" -d 'Access to the pages for editors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "gate" -d 'Programs that write drafts: what they asked for, and their tokens'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "demo" -d 'Show how it works, without any setup: a draft box, an editor working in it, and the daemon that keeps every version'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "simulate" -d 'Run a simulated WeChat platform, to develop and test clients'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "completions" -d 'Print the completion script for a shell'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "man" -d 'Write one manual page per command into a directory'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff search when mcp pin prune compact assets restore drill undo repair export import import-backup copy mirror status verify sql config notify web gate demo simulate completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from copy" -f -a "list" -d 'Show the copies at a place, or at all of the configuration'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from copy" -f -a "fetch" -d 'Bring a copy back as the SQLite file that it holds, and check it'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Check the configuration and explain it'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from notify" -f -a "list" -d 'Show who is told of what, what waits, and what each target answered last'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from notify" -f -a "test" -d 'Send a test message now, and show what the target answers'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from notify" -f -a "preview" -d 'Show the message that events make for a target; sends nothing'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from notify" -f -a "retry" -d 'Try a target again that refused, or could not be reached'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from notify" -f -a "log" -d 'List the events: what happened to drafts, and what went wrong with accounts and the service'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from web" -f -a "link" -d 'Print an address that logs one person in to the pages, once, within ten minutes'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from web" -f -a "password" -d 'Ask for the editors\' password, and print the hash that the configuration needs'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from web" -f -a "logout" -d 'End the sessions of the pages, and make all links useless'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "list" -d 'List what programs asked to write, newest first'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "show" -d 'Show what a program asked to write, and what that would change'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "approve" -d 'Say yes to a write that waits, and carry it out'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "deny" -d 'Say no to a write that waits'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "token" -d 'Make a token for a program, and print it once'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "tokens" -d 'List the tokens of programs, the revoked ones too'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "revoke" -d 'Let a token open nothing any more'
