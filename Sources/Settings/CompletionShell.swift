/// A shell for which the program can complete its own command line.
///
/// A script is a few lines that ask the program what may come next, so that it never knows less than the program.
public enum CompletionShell: String, CaseIterable, SettingValue {
    case bash, zsh, fish

    /// The script that makes `program` complete.
    public func script(for program: Program) -> String {
        let template =
            switch self {
            case .bash: Self.bashScript
            case .zsh: Self.zshScript
            case .fish: Self.fishScript
            }
        return template.replacing("PROGRAM", with: program.name)
            .replacing("REQUEST", with: Program.completionRequest)
    }

    // bash takes a word apart at = and :, so the parts are put together again, and what stands before the last such
    // character is taken off the answers.
    private static let bashScript = #"""
        # Completion of PROGRAM for bash. To load it: source <(PROGRAM completions bash)
        _PROGRAM() {
            local word line typed before is_part=
            local -a words=()
            for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
                if [[ ${#words[@]} -gt 0 && ( $word == [=:]* || -n $is_part ) ]]; then
                    words[${#words[@]}-1]+=$word
                else
                    words+=("$word")
                fi
                is_part=
                [[ $word == *[=:] ]] && is_part=yes
            done
            typed=${words[${#words[@]}-1]}
            word=${typed##*[=:]}
            before=${typed%"$word"}
            COMPREPLY=()
            while IFS= read -r line; do
                case $line in
                    :file) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$word") ;;
                    :directory) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$word") ;;
                    *) line=${line%%$'\t'*}; COMPREPLY+=("${line#"$before"}") ;;
                esac
            done < <("${COMP_WORDS[0]}" REQUEST "${words[@]}" 2>/dev/null)
        }
        complete -F _PROGRAM PROGRAM

        """#

    private static let zshScript = #"""
        #compdef PROGRAM
        # Completion of PROGRAM for zsh. To load it: source <(PROGRAM completions zsh), after compinit
        _PROGRAM() {
            local line
            local -a described
            for line in "${(@f)$("${words[1]}" REQUEST "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
                case $line in
                    '') ;;
                    :file) compset -P '*='; _files ;;
                    :directory) compset -P '*='; _files -/ ;;
                    *$'\t'*) described+=("${${line%%$'\t'*}//:/\\:}:${${line#*$'\t'}//:/\\:}") ;;
                    *) described+=("${line//:/\\:}") ;;
                esac
            done
            (( ${#described} )) && _describe -V PROGRAM described
        }
        if [[ $funcstack[1] == _PROGRAM ]]; then _PROGRAM "$@"; else compdef _PROGRAM PROGRAM; fi

        """#

    private static let fishScript = #"""
        # Completion of PROGRAM for fish. To load it: PROGRAM completions fish | source
        function __PROGRAM_complete
            set -l words (commandline -opc)
            set -l current (commandline -ct)
            set -l before (string match -r -- '^--[^=]*=' "$current")
            set -l after (string replace -r -- '^--[^=]*=' '' "$current")
            for line in ($words[1] REQUEST $words[2..-1] "$current" 2>/dev/null)
                switch $line
                    case :file
                        for path in (__fish_complete_path "$after")
                            echo "$before$path"
                        end
                    case :directory
                        for path in (__fish_complete_directories "$after")
                            echo "$before$path"
                        end
                    case '*'
                        echo $line
                end
            end
        end
        complete -c PROGRAM -f -a '(__PROGRAM_complete)'

        """#
}
