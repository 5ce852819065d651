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
complete -c draftkeep -n "__fish_draftkeep_needs_command" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_needs_command" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -s V -l version -d 'Print version'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "init" -d 'Write the first configuration: asks for one account, tries it, and says what to type next'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "run" -d 'Run the daemon: poll every account whenever it is due, until it is told to stop'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "poll" -d 'Poll accounts once, now: read their drafts and keep what changed, then collect pictures for up to half a minute'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "list" -d 'List the drafts that are kept: state, title, number of versions, last change'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "log" -d 'Show the versions of a draft, newest first, and what changed in each'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "show" -d 'Show one version of a draft, the newest unless @N names another'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "diff" -d 'Show what changed between two versions of a draft, by default the last two'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "assets" -d 'List the pictures that a version needs: covers, pictures of 图片消息, pictures in the text, and which are held as bytes'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "restore" -d 'Bring a version back: to files, as a new draft, or in the place of what its draft says now'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "export" -d 'Write the whole archive as a tree of files that people can read and git likes'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "import" -d 'Make an archive of what `draftkeep export` wrote'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "import-backup" -d 'Put a backup in the place of the archive'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "status" -d 'Tell how each account stands: last poll, drafts, calls used and left today, trouble and what to do about it'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "verify" -d 'Check the archive: every document and every picture against its hash, every row against its checksum, what the views show of each newest version, polls, calls and restores, and SQLite\'s own check of the file'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "sql" -d 'Ask the archive in SQL, reading only'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "config" -d 'Look at the configuration'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "demo" -d 'Show the main job with nothing to set up: a draft box, an editor at work in it, and the daemon that keeps every version'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "simulate" -d 'Run a WeChat platform in a box, to develop and test clients against'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "completions" -d 'Write the completions for a shell to stdout'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "man" -d 'Write manual pages, one for each command, into a directory'
complete -c draftkeep -n "__fish_draftkeep_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l name -d 'Your own name for the account: 1 to 32 characters of a-z, 0-9, _ and -' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l appid -d 'The account\'s AppID (开发者ID)' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l secret-file -d 'Read the AppSecret from this file, or from stdin where it is -' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l drafts -d 'Watch these drafts, by media_id, instead of the whole draft box; with commas between them' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l archive -d 'Where the archive will be [default: the service\'s, else archive.db beside the configuration]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l api-base -d 'Another access point of the platform, or the simulator' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l plain-secret -d 'Keep the secret in a file even where systemd could keep it encrypted'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l offline -d 'Do not ask the platform'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -l log -d 'What log lines on stderr look like' -r -f -a "auto\t'journald for a service of systemd, else human'
human\t'For people, in local time'
json\t'One JSON object a line, in UTC'
journald\t'Into the systemd journal, each field by its name'"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -l log-level -d 'Which log lines: error, warn, info, debug, trace, or directives such as draftkeep::poll=debug [default: info]' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l all -d 'Use all calls that the platform takes today, and try what it has closed for the account; only what quota_share lets polls use without'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l believe -d 'Believe that drafts are gone although too many vanished at once; each is still asked for by itself'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l no-pictures -d 'Do not collect pictures: the daemon or another poll does'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand poll" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l state -d 'Only drafts in this state; may be repeated' -r -f -a "live\t''
missing\t''
published\t''
deleted\t''
gone\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l account -d 'Only drafts of this account; may be repeated' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand list" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -l limit -d 'Show only the newest N versions; 0 shows all' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand log" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -l format -d 'Write it in this form' -r -f -a "text\t'As a person reads it'
html\t'A page for the browser, with the pictures that are held'
markdown\t'Markdown, pictures at WeChat by their addresses'
json\t'The document as received, byte for byte'
canonical\t'The bytes that the version\'s hash is of'"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -l stat -d 'Show one line an article, and a total'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand diff" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand assets" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l to -d 'Write files into this directory, which is made where it is not there' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l undo -d 'Take a restore back, by its number (7 or mag/7): what was there before goes back in its place, or the new draft is deleted' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l resume -d 'Complete a restore that was cut off, by its number (8 or mag/8)' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l account -d 'Make it in the draft box of this account; in that of its own without' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l cover -d 'Give article NUMBER (1, the first, without) this permanent picture for a cover; may be repeated' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l without -d 'Leave a field out that the platform refuses; may be repeated' -r -f -a "author\t'作者'
digest\t'摘要; the platform fills in the beginning of the text'
link\t'阅读原文'
comments\t'留言'
product\t'商品'"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l plan -d 'Carry out the plan that was shown with this number, whatever other plans were shown' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l as-new -d 'Make a new draft'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l in-place -d 'Put it over what its draft says now, article by article'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l again -d 'Make another draft although this content was restored already'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l apply -d 'Do what the plan says'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -l account -d 'Only this account' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -l archive -d 'Write to this archive, which is made where it is not there; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -l archive -d 'Put it in the place of this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -l apply -d 'Put it in place although it holds no version, and its journal seems to be missing'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand import-backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -l check -d 'Exit with 3 where an account is in trouble; print one line for each trouble, and nothing else'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand status" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -l sample -d 'Look at the documents of so many drafts in a hundred only, chosen by chance' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand verify" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -l format -d 'Write answers in this form [default: table, or json with --json]' -r -f -a "table\t'Columns for people, the first 1,000 rows'
csv\t'CSV after RFC 4180, with a line of names'
json\t'An array of objects'"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -l archive -d 'Read this archive; no configuration is needed then' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand sql" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -f -a "check" -d 'Check the configuration and say what it means'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and not __fish_seen_subcommand_from check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -l online -d 'Also ask the platform for a token and the number of drafts of each account'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check the configuration and say what it means'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l seconds -d 'End by itself after so many seconds, but not before the lost article is back' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l keep -d 'Leave configuration and archive in this new directory; nothing is left without' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l http -d 'Answer health and metrics over HTTP here: an address and a port, or the path of a unix socket' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand demo" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l listen -d 'Where to listen; port 0 takes a free one' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l load -d 'Fill the draft box from a folder: one draft for every *.json, in the shape of an answer of draft/get' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l appid -d 'The account\'s appid' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l secret -d 'The account\'s AppSecret' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l profile -d 'What kind of account it is: verified, personal, expired, punished or test' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l order -d 'What the list of drafts is sorted by: created or updated' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l seed -d 'Of all dice: the same seed, the same run' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l fault -d 'Plan something to go wrong, in the JSON of POST /simulator/fault; may be given several times' -r
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand completions" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -l config -d 'Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]' -r -F
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -l color -d 'Use colours; auto is yes in a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -l json -d 'Write one JSON document to stdout, and errors as JSON to stderr'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -s q -l quiet -d 'Tell only warnings and errors'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -s v -l verbose -d 'Tell more; twice for still more'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand man" -s h -l help -d 'Print help'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "init" -d 'Write the first configuration: asks for one account, tries it, and says what to type next'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "run" -d 'Run the daemon: poll every account whenever it is due, until it is told to stop'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "poll" -d 'Poll accounts once, now: read their drafts and keep what changed, then collect pictures for up to half a minute'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "list" -d 'List the drafts that are kept: state, title, number of versions, last change'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "log" -d 'Show the versions of a draft, newest first, and what changed in each'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "show" -d 'Show one version of a draft, the newest unless @N names another'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "diff" -d 'Show what changed between two versions of a draft, by default the last two'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "assets" -d 'List the pictures that a version needs: covers, pictures of 图片消息, pictures in the text, and which are held as bytes'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "restore" -d 'Bring a version back: to files, as a new draft, or in the place of what its draft says now'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "export" -d 'Write the whole archive as a tree of files that people can read and git likes'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "import" -d 'Make an archive of what `draftkeep export` wrote'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "import-backup" -d 'Put a backup in the place of the archive'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "status" -d 'Tell how each account stands: last poll, drafts, calls used and left today, trouble and what to do about it'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "verify" -d 'Check the archive: every document and every picture against its hash, every row against its checksum, what the views show of each newest version, polls, calls and restores, and SQLite\'s own check of the file'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "sql" -d 'Ask the archive in SQL, reading only'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "config" -d 'Look at the configuration'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "demo" -d 'Show the main job with nothing to set up: a draft box, an editor at work in it, and the daemon that keeps every version'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "simulate" -d 'Run a WeChat platform in a box, to develop and test clients against'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "completions" -d 'Write the completions for a shell to stdout'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "man" -d 'Write manual pages, one for each command, into a directory'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and not __fish_seen_subcommand_from init run poll list log show diff assets restore export import import-backup status verify sql config demo simulate completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c draftkeep -n "__fish_draftkeep_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Check the configuration and say what it means'
