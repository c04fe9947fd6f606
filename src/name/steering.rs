//! Variables that no key may be exported as.

/// They change what a shell, the loader, an interpreter or another program does.
const STEERING: &str = "\
    PATH HOME SHELL USER LOGNAME USERNAME PWD OLDPWD TMPDIR TEMP TMP IFS ENV BASH_ENV PROMPT_COMMAND PROMPT \
    RPROMPT PS0 PS1 PS2 PS3 PS4 SHELLOPTS BASHOPTS CDPATH FPATH ZDOTDIR HISTFILE HISTORY UMASK UID EUID PPID GID \
    TERM TERMINFO LANG EDITOR VISUAL PAGER BROWSER MANPAGER LESSOPEN LESSCLOSE NULLCMD READNULLCMD TMOUT \
    GLOBIGNORE EXECIGNORE INPUTRC VIMINIT LUA_INIT NODE_OPTIONS NODE_PATH PERL5OPT PERL5LIB PERLLIB RUBYOPT \
    RUBYLIB JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH RUSTC_WRAPPER RUSTFLAGS GOFLAGS MAKEFLAGS \
    DOTNET_STARTUP_HOOKS SSH_ASKPASS SUDO_ASKPASS SSH_AUTH_SOCK GNUPGHOME KUBECONFIG DOCKER_HOST GCONV_PATH \
    LOCPATH NLSPATH HOSTALIASES RESOLV_HOST_CONF TZ DISPLAY OPENSSL_CONF OPENSSL_ENGINES \
    NODE_TLS_REJECT_UNAUTHORIZED NODE_EXTRA_CA_CERTS REQUESTS_CA_BUNDLE CURL_CA_BUNDLE FCEDIT PATHEXT COMSPEC \
    GLIBC_TUNABLES CC CXX CURL_HOME SSLKEYLOGFILE AWS_CONFIG_FILE SYSTEMROOT WINDIR APPDATA LOCALAPPDATA USERPROFILE";

/// Shells keep these as their own and refuse, clear or retype them: zsh, fish, ksh, bash.
const SHELLS_OWN: &str = "\
    STATUS ARGV FUNCNEST RANDOM SECONDS LINENO OPTIND OPTARG OPTERR REPLY COLUMNS LINES DIRSTACK GROUPS HOSTNAME \
    MATCH MBEGIN MEND PIPESTATUS POSIXLY_CORRECT SHLVL VERSION FISH_PID FISH_USER_PATHS FISH_TRACE FISH_FEATURES FISH_FUNCTION_PATH MAILPATH PRECMD_FUNCTIONS CHPWD_FUNCTIONS PREEXEC_FUNCTIONS MODULE_PATH ARGV0 _";

/// The starts of such variables' names.
const STARTS: &str = "LD_ DYLD_ LC_ BASH_FUNC_ BYOK_ GIT_ PYTHON SSL_CERT_ XDG_ NPM_CONFIG_ PIP_ CARGO_ UV_";

/// Whether setting this variable steers programs. Case does not count: zsh ties `path` to `PATH`, fish has a `status`,
/// and Windows has no case at all.
pub(super) fn steers(name: &str) -> bool {
    let is = |word: &str| word.eq_ignore_ascii_case(name);
    let starts = |start: &str| name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    let proxy = name.len().checked_sub("_PROXY".len()).and_then(|at| name.get(at..));
    STEERING.split(' ').any(is)
        || SHELLS_OWN.split(' ').any(is)
        || STARTS.split(' ').any(starts)
        || proxy.is_some_and(|end| end.eq_ignore_ascii_case("_PROXY"))
}
