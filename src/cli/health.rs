use std::time::Duration;

use clap::{Args, ValueEnum};

use super::ChoiceArgs;
use crate::config::parse_duration;

/// Arguments of `mailhaul health`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  mailhaul health\n  mailhaul health work --max-age 15m\n  mailhaul health --format nagios"
)]
pub struct HealthArgs {
    /// Accounts: names of accounts, or URLs [default: all enabled accounts]
    #[arg(value_name = "ACCOUNT")]
    pub accounts: Vec<String>,
    /// Call an account unhealthy if its last successful run ended longer ago than TIME [default: three times `every`, but at least 15m; 1h without `every`]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub max_age: Option<Duration>,
    /// Print for people (text), as a plugin of Nagios (nagios), or as metrics (prometheus)
    #[arg(
        long,
        long_help = "Print for people (text), as a plugin of Nagios (nagios), or as metrics (prometheus). With nagios, the exit codes are 0 \
                     OK, 1 WARNING, 2 CRITICAL and 3 UNKNOWN",
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub format: HealthFormat,
    /// Which accounts, where none is named
    #[command(flatten)]
    pub choice: ChoiceArgs,
}

/// Values of `--format` of `mailhaul health`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HealthFormat {
    /// Lines for people
    Text,
    /// What a plugin of Nagios prints, with its exit codes
    Nagios,
    /// Metrics for the textfile collector of Prometheus
    Prometheus,
}
