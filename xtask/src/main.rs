//! Chores of the workspace, one subcommand each. Must not be needed by anything that ships.
#![expect(clippy::print_stdout, reason = "a command-line tool talks to its user")]

mod bench;
mod locate;
mod new;
mod run;
mod setup;
mod sh;
mod test;
mod tidy;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the workspace")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Check what the machine needs; install it with apt-get when root, otherwise print the exact line
    Setup,
    /// Build everything and start the system with a demonstration province
    Run {
        /// Cargo profile; `release` starts later and runs faster
        #[arg(long, default_value = "dev")]
        profile: String,
        /// Passed on to `ganong serve`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        more: Vec<String>,
    },
    /// Everything that must hold: format, lints, tidy, tests, console, browser journeys
    Test {
        /// Only the steps whose name contains this
        #[arg(long)]
        only: Option<String>,
        /// All steps but those whose name contains this
        #[arg(long)]
        skip: Option<String>,
    },
    /// Directions between rooms, forbidden dependencies, sizes, first sentences, words
    Tidy,
    /// Which files define a dataset, field, table, endpoint, error code or type
    Where { word: String },
    /// Write docs/generated anew; more words go to `ganong codegen`, as in `codegen migration registry.household`
    Codegen {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        more: Vec<String>,
    },
    /// Skeleton files: `new module <name> <title>`, `new dataset <module.name> <title>`
    New {
        #[command(subcommand)]
        what: new::What,
    },
    /// One benchmark in the release profile: `bench export --households 100000`
    Bench {
        name: String,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        more: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().chore {
        Chore::Setup => setup::setup().map(|()| true),
        Chore::Run { profile, more } => run::run(&profile, &more).map(|()| true),
        Chore::Test { only, skip } => test::test(only.as_deref(), skip.as_deref()),
        Chore::Tidy => tidy::tidy(),
        Chore::Where { word } => locate::locate(&word),
        Chore::Codegen { more } => bench::ganong("dev", "codegen", &more).map(|()| true),
        Chore::New { what } => new::new(what).map(|()| true),
        Chore::Bench { name, more } => bench::bench(&name, &more).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            println!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}
