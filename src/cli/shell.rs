//! `trailsift completions` and `trailsift man`: made from the one description of the command line.

use std::io::Write;

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;
use super::{Exit, meant, output};

/// Prints completions for a shell.
pub(crate) fn completions(shell: Shell) -> Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "trailsift", &mut text);
    output::stdout().write_all(&text)?;
    Ok(Exit::Done)
}

/// Prints the manual page, of trailsift or of one of its commands.
pub(crate) fn man(names: &[String]) -> Result<Exit> {
    let mut root = Cli::command();
    root.build();
    let mut command = &root;
    for name in names {
        let known = || {
            command.get_subcommands().filter(|command| !command.is_hide_set()).map(clap::Command::get_name)
        };
        let Some(found) = command.find_subcommand(name) else {
            let hint = meant(name, known());
            anyhow::bail!("no command `{name}`{hint}");
        };
        command = found;
    }
    let title = command.get_bin_name().unwrap_or("trailsift").replace(' ', "-");
    let page = clap_mangen::Man::new(command.clone().name(title.clone())).title(title.to_uppercase());
    let mut text = Vec::new();
    page.render(&mut text)?;
    output::stdout().write_all(&text)?;
    Ok(Exit::Done)
}
