# Completion of lunapse for bash.
_lunapse() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  [ "$before" = = ] && before=${COMP_WORDS[COMP_CWORD - 2]}
  case $before in
    --dump) mapfile -t COMPREPLY < <(compgen -W "tokens tree model program c plan" -- "${word#=}") && return ;;
    --plan) mapfile -t COMPREPLY < <(compgen -W "ranks= rate=" -- "$word"; compgen -f -X '!*.lua' -- "$word") && return ;;
    --kernel) mapfile -t COMPREPLY < <(compgen -W install -- "$word") && return ;;
    -e | -l) return ;;
  esac
  case $word in
    -*)
      mapfile -t COMPREPLY < <(compgen -W "-e -i -l -v -E -W --help --version --dump= --plan --kernel" -- "$word")
      [ "${COMPREPLY[*]}" = --dump= ] && compopt -o nospace
      ;;
    *) mapfile -t COMPREPLY < <(compgen -f -X '!*.lua' -- "$word"; compgen -d -S / -- "$word") && compopt -o nospace ;;
  esac
}
complete -F _lunapse lunapse
