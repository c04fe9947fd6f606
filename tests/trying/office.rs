//! Providers whose keys are made and revoked through their own APIs, in the tests' own memory.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::upstream::{Reply, Seen};

/// The key that makes and revokes others, at each of them.
pub(super) const ADMINS: [(&str, &str); 3] = [
    ("openrouter", "sk-or-v1-ad0000000000000000000000000000000000000000000000000000000000ad99"),
    ("openai", "sk-admin-Can4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv0TuQ"),
    ("anthropic", "sk-ant-admin01-Can4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv0TuQ"),
];

/// A key that a provider knows.
#[derive(Clone)]
pub(super) struct Issued {
    pub(super) secret: String,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) project: &'static str,
    /// The service account that it belongs to.
    pub(super) account: Option<String>,
    pub(super) live: bool,
    /// What was asked for when it was made.
    pub(super) body: Value,
}

/// What a provider does to a request instead of what it should.
type Fault = Arc<dyn Fn(&Seen) -> Option<Reply> + Send + Sync>;

/// What all of them know.
#[derive(Clone, Default)]
pub(super) struct Office {
    keys: Arc<Mutex<Vec<Issued>>>,
    fault: Arc<Mutex<Option<Fault>>>,
}

impl Office {
    /// One that knows this key, by this id.
    pub(super) fn knows(self, secret: &str, id: &str) -> Self {
        self.with(secret, id, "proj_b", None)
    }

    pub(super) fn with(self, secret: &str, id: &str, project: &'static str, account: Option<&str>) -> Self {
        let account = account.map(str::to_owned);
        let (name, body) = ("by hand".to_owned(), Value::Null);
        let (secret, id) = (secret.to_owned(), id.to_owned());
        self.keys.lock().unwrap().push(Issued { secret, id, name, project, account, live: true, body });
        self
    }

    /// Goes wrong as this says from now on.
    pub(super) fn fails(&self, fault: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static) {
        *self.fault.lock().unwrap() = Some(Arc::new(fault));
    }

    pub(super) fn all(&self) -> Vec<Issued> {
        self.keys.lock().unwrap().clone()
    }

    pub(super) fn revoke(&self, id: &str) {
        self.end(|key| key.id == id);
    }

    /// The keys that were made here.
    pub(super) fn made(&self) -> Vec<Issued> {
        self.all().into_iter().filter(|key| key.name.starts_with("byok-")).collect()
    }

    pub(super) fn is_live(&self, secret: &str) -> bool {
        self.all().iter().any(|key| key.live && key.secret == secret)
    }

    fn end(&self, which: impl Fn(&Issued) -> bool) -> bool {
        let mut keys = self.keys.lock().unwrap();
        let found = keys.iter_mut().filter(|key| key.live && which(key)).map(|key| key.live = false).count();
        found > 0
    }

    fn issue(&self, prefix: &str, body: &Value, project: &'static str) -> Issued {
        let mut keys = self.keys.lock().unwrap();
        let number = keys.len();
        let issued = Issued {
            secret: format!("{prefix}{number:02}{}", "0123456789abcdef".repeat(4).split_off(2)),
            id: format!("id-{number}"),
            name: body["name"].as_str().unwrap().to_owned(),
            project,
            account: (!project.is_empty()).then(|| format!("svc_acct_{number}")),
            live: true,
            body: body.clone(),
        };
        keys.push(issued.clone());
        issued
    }

    /// Answers as the provider does that is asked.
    pub(super) fn answer(&self, seen: &Seen) -> Reply {
        let fault = self.fault.lock().unwrap().clone();
        if let Some(reply) = fault.and_then(|fault| fault(seen)) {
            return reply;
        }
        let host = seen.server_name.as_deref().unwrap_or_default();
        let id = match host {
            "openrouter.ai" => "openrouter",
            "api.openai.com" => "openai",
            "api.anthropic.com" => "anthropic",
            other => panic!("nobody is at {other}"),
        };
        let key = seen.header("x-api-key").or(seen.header("authorization")).unwrap_or_default();
        let key = key.trim_start_matches("Bearer ");
        let admin = ADMINS.iter().any(|(of, admin)| *of == id && *admin == key);
        let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (id, self.is_live(key), admin) {
            ("openrouter", live, _) if parts == ["api", "v1", "key"] && (live || admin) => {
                json200(&json!({"data": {"label": hint(key), "usage": 0, "is_management_key": admin}}))
            }
            ("openai" | "anthropic", true, _) if parts == ["v1", "models"] => json200(&json!({"data": [{"id": "a"}]})),
            (_, _, false) => Reply::json(401, r#"{"error":{"message":"no such key","code":"invalid_api_key"}}"#),
            ("openrouter", _, true) => self.openrouter(seen, &parts, query),
            ("openai", _, true) => self.openai(seen, &parts, query),
            (_, _, true) => self.anthropic(seen, &parts, query),
        }
    }

    fn openrouter(&self, seen: &Seen, parts: &[&str], query: &str) -> Reply {
        match (seen.method.as_str(), parts) {
            // Two on a page.
            ("GET", ["api", "v1", "keys"]) => {
                let offset: usize = query.trim_start_matches("offset=").parse().unwrap_or_default();
                let item = |key: &Issued| {
                    json!({"hash": key.id, "label": hint(&key.secret), "name": key.name, "disabled": !key.live,
                           "limit": 25, "limit_reset": "monthly", "workspace_id": null})
                };
                let all: Vec<Value> = self.all().iter().skip(offset).take(2).map(item).collect();
                json200(&json!({ "data": all }))
            }
            ("POST", ["api", "v1", "keys"]) => {
                let made = self.issue("sk-or-v1-", &serde_json::from_slice(&seen.body).unwrap(), "");
                Reply::json(201, &json!({"key": made.secret, "data": {"hash": made.id}}).to_string())
            }
            ("DELETE", ["api", "v1", "keys", id]) if self.end(|key| key.id == **id) => {
                json200(&json!({"deleted": true}))
            }
            _ => missing(),
        }
    }

    fn openai(&self, seen: &Seen, parts: &[&str], query: &str) -> Reply {
        let in_project =
            |project: &str, id: &str| self.all().into_iter().find(|key| key.project == project && key.id == id);
        match (seen.method.as_str(), parts) {
            ("GET", ["v1", "organization", "projects"]) => {
                let (id, more) = if query.contains("after=proj_a") { ("proj_b", false) } else { ("proj_a", true) };
                json200(&json!({"object": "list", "data": [{"id": id}], "last_id": id, "has_more": more}))
            }
            ("GET", ["v1", "organization", "projects", project, "api_keys"]) => {
                let item = |key: Issued| {
                    let owner = match &key.account {
                        Some(account) => {
                            json!({"type": "service_account", "service_account": {"id": account, "name": key.name}})
                        }
                        None => json!({"type": "user", "user": {"id": "user_1"}}),
                    };
                    json!({"id": key.id, "redacted_value": hint(&key.secret), "name": key.name, "owner": owner})
                };
                let keys = self.all().into_iter().filter(|key| key.live && key.project == *project);
                let all: Vec<Value> = keys.map(item).collect();
                json200(&json!({"object": "list", "data": all, "last_id": null, "has_more": false}))
            }
            ("POST", ["v1", "organization", "projects", project, "service_accounts"]) => {
                let project = if *project == "proj_a" { "proj_a" } else { "proj_b" };
                let made = self.issue("sk-svcacct-", &serde_json::from_slice(&seen.body).unwrap(), project);
                json200(&json!({"id": made.account, "api_key": {"id": made.id, "value": made.secret}}))
            }
            ("DELETE", ["v1", "organization", "projects", project, "api_keys", id]) => match in_project(project, id) {
                Some(key) if key.account.is_none() && self.end(|one| one.id == key.id) => {
                    json200(&json!({"deleted": true}))
                }
                _ => missing(),
            },
            ("DELETE", ["v1", "organization", "projects", _, "service_accounts", id])
                if self.end(|key| key.account.as_deref() == Some(id)) =>
            {
                json200(&json!({"deleted": true}))
            }
            _ => missing(),
        }
    }

    fn anthropic(&self, seen: &Seen, parts: &[&str], _: &str) -> Reply {
        match (seen.method.as_str(), parts) {
            ("GET", ["v1", "organizations", "me"]) => json200(&json!({"id": "org", "name": "Acme"})),
            ("GET", ["v1", "organizations", "api_keys"]) => {
                let status = |key: &Issued| if key.live { "active" } else { "inactive" };
                let item = |key: &Issued| json!({"id": key.id, "partial_key_hint": hint(&key.secret), "name": key.name, "status": status(key)});
                let all: Vec<Value> = self.all().iter().map(item).collect();
                json200(&json!({"data": all, "last_id": "x", "has_more": false}))
            }
            ("POST", ["v1", "organizations", "api_keys", id]) => {
                assert_eq!(seen.body, br#"{"status":"inactive"}"#);
                if self.end(|key| key.id == **id) {
                    json200(&json!({"id": id, "status": "inactive"}))
                } else {
                    missing()
                }
            }
            _ => missing(),
        }
    }
}

/// What they show of a key.
pub(super) fn hint(secret: &str) -> String {
    let body = secret.rfind('-').map_or(0, |at| at + 1);
    format!("{}...{}", &secret[..body + 3], &secret[secret.len() - 4..])
}

fn json200(value: &Value) -> Reply {
    Reply::json(200, &value.to_string())
}

fn missing() -> Reply {
    Reply::json(404, r#"{"error":{"message":"not found"}}"#)
}
