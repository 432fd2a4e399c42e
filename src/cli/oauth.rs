use clap::{Args, ValueEnum};

/// Flags about OAuth2. The client's secret is in the configuration file or in the environment, where others do not see it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "OAuth2")]
pub struct OAuthArgs {
    /// Log in with the access token that this shell command prints
    #[arg(long, value_name = "CMD", hide_short_help = true, conflicts_with_all = ["password_command", "password_file"])]
    pub token_command: Option<String>,
    /// Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once
    #[arg(long, value_name = "PROVIDER", hide_possible_values = true, hide_short_help = true)]
    pub oauth_provider: Option<ProviderArg>,
    /// The id of the application that was registered with the provider
    #[arg(long, value_name = "ID", hide_short_help = true)]
    pub oauth_client_id: Option<String>,
    /// With Microsoft: the tenant [default: common]
    #[arg(long, value_name = "TENANT", hide_short_help = true)]
    pub oauth_tenant: Option<String>,
    /// What access is asked for [default: the provider's]
    #[arg(long, value_name = "SCOPE", hide_short_help = true)]
    pub oauth_scope: Option<String>,
    /// Where tokens are had [default: the provider's]
    #[arg(long, value_name = "URL", hide_short_help = true)]
    pub oauth_token_url: Option<String>,
    /// Where the device flow begins [default: the provider's]
    #[arg(long, value_name = "URL", hide_short_help = true)]
    pub oauth_device_url: Option<String>,
    /// Where the browser flow begins [default: the provider's]
    #[arg(long, value_name = "URL", hide_short_help = true)]
    pub oauth_auth_url: Option<String>,
    /// How consent is asked for: device or browser [default: device, where there is an address for it]
    #[arg(long, value_name = "FLOW", hide_possible_values = true, hide_short_help = true)]
    pub oauth_flow: Option<FlowArg>,
    /// Where tokens are kept: keyring or file [default: the keyring, if it can be used at the login]
    #[arg(long, value_name = "STORE", hide_possible_values = true, hide_short_help = true)]
    pub token_store: Option<TokenStoreArg>,
}

/// Values of `--oauth-provider`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ProviderArg {
    /// Google
    Google,
    /// Microsoft 365 and Outlook.com
    Microsoft,
    /// Another one, whose addresses are given
    Other,
}

/// Values of `--oauth-flow`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FlowArg {
    /// A code that is typed in on any device
    Device,
    /// A browser on this machine
    Browser,
}

/// Values of `--token-store`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TokenStoreArg {
    /// The desktop's keyring
    Keyring,
    /// A file of mode 0600 in the folder of the ledger
    File,
}
