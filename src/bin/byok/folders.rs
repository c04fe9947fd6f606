//! Where byok keeps things: the XDG folders, or all in one.

use std::path::PathBuf;

use anyhow::Result;

use crate::fault::Fault;
use crate::vars::Vars;

/// Where byok keeps things.
pub(crate) struct Folders {
    /// `config.toml` and `providers.toml`.
    pub(crate) config: PathBuf,
    /// The identity, and the folder of profiles.
    pub(crate) data: PathBuf,
    /// The folder of pins.
    pub(crate) state: PathBuf,
    /// Whether `BYOK_HOME` names it all.
    pub(crate) own: bool,
}

impl Folders {
    /// The folders that the variables name.
    pub(crate) fn new(vars: &Vars) -> Result<Self> {
        if let Some(home) = &vars.home {
            let home = PathBuf::from(home);
            if !home.is_absolute() {
                return Err(Fault::misused("`BYOK_HOME` is not an absolute path")
                    .hint("set it to one: `export BYOK_HOME=\"$HOME/.byok\"`")
                    .into());
            }
            return Ok(Self { config: home.clone(), data: home.clone(), state: home, own: true });
        }
        let under = |xdg: &Option<PathBuf>, rest: &str| match (xdg, &vars.user_home) {
            (Some(xdg), _) => Ok(xdg.join("byok")),
            (None, Some(home)) => Ok(home.join(rest).join("byok")),
            (None, None) => Err(Fault::failed("there is no home folder: `HOME` is not set to an absolute path")
                .hint("say where byok keeps things: `export BYOK_HOME=/path/to/a/private/folder`")),
        };
        Ok(Self {
            config: under(&vars.xdg_config, ".config")?,
            data: under(&vars.xdg_data, ".local/share")?,
            state: under(&vars.xdg_state, ".local/state")?,
            own: false,
        })
    }
}
