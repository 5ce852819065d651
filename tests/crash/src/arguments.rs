//! The arguments of a run.

use std::path::PathBuf;

use crate::scenarios;

pub(crate) const USAGE: &str = "\
Usage: draftkeep-crash BINARY [OPTIONS]

  --states N       crash states of each scenario (default 2000)
  --live N         runs of the program that are stopped or meet an I/O fault, of each scenario (default 30)
  --seed N         random seed (default 1)
  --scenario NAME  only this one; may be repeated
  --position N     only the states behind this many operations
  --keep DIR       where states with a problem are kept (default target/crash)
  --ignore-syncs   the disk confirms syncs and does not write: problems must be found in each scenario";

pub(crate) struct Arguments {
    pub(crate) binary: PathBuf,
    pub(crate) states: usize,
    pub(crate) live: usize,
    pub(crate) seed: u64,
    pub(crate) scenarios: Vec<String>,
    pub(crate) position: Option<usize>,
    pub(crate) keep: PathBuf,
    pub(crate) ignore_syncs: bool,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let binary = words.next().filter(|word| !word.starts_with('-')).ok_or("the path of the program is missing")?;
        let binary = PathBuf::from(&binary).canonicalize().map_err(|error| format!("{binary}: {error}"))?;
        let mut arguments = Self {
            binary,
            states: 2000,
            live: 30,
            seed: 1,
            scenarios: Vec::new(),
            position: None,
            keep: PathBuf::from("target/crash"),
            ignore_syncs: false,
        };
        while let Some(option) = words.next() {
            if option == "--ignore-syncs" {
                arguments.ignore_syncs = true;
                continue;
            }
            let value = words.next().ok_or(format!("{option} needs a value"))?;
            let number = || value.parse::<usize>().map_err(|_| format!("{option} {value}: it is no number"));
            match option.as_str() {
                "--states" => arguments.states = number()?,
                "--live" => arguments.live = number()?,
                "--seed" => arguments.seed = number()? as u64,
                "--position" => arguments.position = Some(number()?),
                "--scenario" if !scenarios::ALL.iter().any(|scenario| scenario.name == value) => {
                    return Err(format!("--scenario {value}: there is none of this name"));
                }
                "--scenario" => arguments.scenarios.push(value),
                "--keep" => arguments.keep = PathBuf::from(value),
                _ => return Err(format!("{option} is no option")),
            }
        }
        Ok(arguments)
    }

    pub(crate) fn wants(&self, scenario: &str) -> bool {
        self.scenarios.is_empty() || self.scenarios.iter().any(|wanted| wanted == scenario)
    }
}
