//! How a key is sent.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How a key is sent, and what else goes into the header.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "Written")]
pub struct Auth {
    /// Where the key goes.
    pub scheme: Scheme,
    /// Headers that are sent as well.
    pub headers: BTreeMap<String, String>,
}

/// Where the key goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// In a header, after a prefix; a bearer token is one of these.
    Header {
        /// The header's name.
        name: String,
        /// What stands before the key, with its blank.
        prefix: String,
    },
    /// As HTTP basic authentication.
    Basic {
        /// `user:password`, with `{KEY}` in the key's place.
        login: String,
    },
    /// In the URL, for providers that know no other way: such a URL is never shown.
    Query {
        /// The parameter's name.
        parameter: String,
    },
    /// Nowhere: the server takes no key, or the test's body carries it.
    Open,
}

impl Default for Scheme {
    fn default() -> Self {
        Self::Header { name: "Authorization".to_owned(), prefix: "Bearer ".to_owned() }
    }
}

/// `[auth]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    style: Option<Style>,
    header: Option<String>,
    prefix: Option<String>,
    login: Option<String>,
    parameter: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Style {
    Bearer,
    Header,
    Basic,
    Query,
    None,
}

impl TryFrom<Written> for Auth {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { style, header, prefix, login, parameter, headers } = written;
        let scheme = match (style.unwrap_or(Style::Bearer), header, prefix, login, parameter) {
            (Style::Bearer, None, None, None, None) => Scheme::default(),
            (Style::Header, Some(name), prefix, None, None) => {
                Scheme::Header { name, prefix: prefix.unwrap_or_default() }
            }
            (Style::Basic, None, None, Some(login), None) => Scheme::Basic { login },
            (Style::Query, None, None, None, Some(parameter)) => Scheme::Query { parameter },
            (Style::None, None, None, None, None) => Scheme::Open,
            (Style::Bearer, ..) => return Err("style `bearer` takes nothing but `headers`"),
            (Style::Header, ..) => return Err("style `header` takes `header`, and `prefix` if there is one"),
            (Style::Basic, ..) => return Err("style `basic` takes `login` only"),
            (Style::Query, ..) => return Err("style `query` takes `parameter` only"),
            (Style::None, ..) => return Err("style `none` takes nothing but `headers`"),
        };
        Ok(Self { scheme, headers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_takes_its_own_fields_only() {
        for (text, good) in [
            ("", true),
            ("style = 'bearer'", true),
            ("style = 'header'\nheader = 'x-api-key'", true),
            ("style = 'header'\nheader = 'Authorization'\nprefix = 'Key '", true),
            ("style = 'basic'\nlogin = '{KEY}:'", true),
            ("style = 'query'\nparameter = 'api_key'", true),
            ("style = 'none'", true),
            ("style = 'header'", false),
            ("style = 'bearer'\nheader = 'x-api-key'", false),
            ("style = 'basic'", false),
            ("style = 'query'\nheader = 'x'", false),
            ("style = 'none'\nlogin = 'x'", false),
            ("style = 'digest'", false),
            ("colour = 'red'", false),
        ] {
            assert_eq!(toml::from_str::<Auth>(text).is_ok(), good, "{text}");
        }
    }
}
