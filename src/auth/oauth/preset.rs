use super::OAuth;

/// Providers whose addresses are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Gmail and Workspace. Its device flow does not give access to mail, so a browser is needed.
    Google,
    /// Microsoft 365 and Outlook.com.
    Microsoft,
    /// Everything must be said.
    Other,
}

impl Preset {
    /// What is known of the provider; the id of the application is not. `tenant` is Microsoft's.
    pub fn with_tenant(self, tenant: Option<&str>) -> OAuth {
        let nothing = OAuth {
            client_id: String::new(),
            client_secret: None,
            scope: String::new(),
            token_url: String::new(),
            device_url: None,
            auth_url: None,
            revoke_url: None,
            browser_extra: &[],
            redirect_host: "127.0.0.1",
            flow: None,
            store: None,
        };
        match self {
            Self::Google => OAuth {
                scope: "https://mail.google.com/".into(),
                token_url: "https://oauth2.googleapis.com/token".into(),
                auth_url: Some("https://accounts.google.com/o/oauth2/v2/auth".into()),
                revoke_url: Some("https://oauth2.googleapis.com/revoke".into()),
                // Without these a second consent brings no refresh token.
                browser_extra: &[("access_type", "offline"), ("prompt", "consent")],
                ..nothing
            },
            Self::Microsoft => {
                let at = |what: &str| {
                    format!("https://login.microsoftonline.com/{}/oauth2/v2.0/{what}", tenant.unwrap_or("common"))
                };
                OAuth {
                    scope: "https://outlook.office.com/POP.AccessAsUser.All offline_access".into(), // C-199
                    token_url: at("token"),
                    device_url: Some(at("devicecode")),
                    auth_url: Some(at("authorize")),
                    redirect_host: "localhost", // 127.0.0.1 cannot be registered in its portal
                    ..nothing
                }
            }
            Self::Other => nothing,
        }
    }

    /// The same for IMAP, where a provider tells the protocols apart.
    pub fn for_imap(self, tenant: Option<&str>) -> OAuth {
        let oauth = self.with_tenant(tenant);
        match self {
            Self::Microsoft => {
                OAuth { scope: "https://outlook.office.com/IMAP.AccessAsUser.All offline_access".into(), ..oauth }
            }
            Self::Google | Self::Other => oauth,
        }
    }
}
