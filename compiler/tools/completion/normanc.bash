# bash completion for normanc: source it, or install it as /usr/share/bash-completion/completions/normanc.

_normanc() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word options=
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
            check|compile|run|explain|disasm|fmt) command=$word; break ;;
            table) command=$word ;;
            list|add|delete) [[ $command == table ]] && command="table $word"; break ;;
        esac
    done
    case $previous in
        --overlay) COMPREPLY=($(compgen -W "default small" -- "$current")); return ;;
        --emit) COMPREPLY=($(compgen -W "ast ir asm image" -- "$current")); return ;;
        --report) COMPREPLY=($(compgen -W "text json" -- "$current")); return ;;
        --on) COMPREPLY=($(compgen -W "model rtl native" -- "$current")); return ;;
        --dir) COMPREPLY=($(compgen -W "ingress egress forward" -- "$current")); return ;;
        --local|--packet|--before|--after) return ;;
        -o|--output|--from|--in|--owners|--users|--groups|--keep|--stdlib) COMPREPLY=($(compgen -f -- "$current")); return ;;
    esac
    case $command in
        "") options="check compile run explain disasm fmt table --help --version" ;;
        check) options="--help --overlay --stdlib --json" ;;
        compile) options="--help --output --emit --report --overlay --stdlib --keep" ;;
        run) options="--help --in --local --dir --owners --users --groups --on --counters --overlay --stdlib" ;;
        explain) options="--help --in --local --dir --owners --users --groups --packet --overlay --stdlib --json" ;;
        disasm) options="--help --output" ;;
        fmt) options="--help --write --check" ;;
        table) options="list add delete --help --json" ;;
        "table list") options="--help --json" ;;
        "table add") options="--help --from --output --before --after" ;;
        "table delete") options="--help --from --output" ;;
    esac
    if [[ $current == -* || -z $command ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$current"))
    else
        COMPREPLY=($(compgen -f -- "$current"))
    fi
}
complete -o filenames -F _normanc normanc
