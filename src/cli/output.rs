//! Where output goes: standard output, or files that are whole or absent.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use trailsift::input::Source;
use trailsift::report::Surroundings;

use super::args::ColorChoice;
use super::wants_color;

/// Columns when the output is no terminal and `COLUMNS` is not set.
const PLAIN_WIDTH: usize = 120;

/// What becomes of an output file that exists, as `--force` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    Stays,
    IsReplaced,
}

impl Existing {
    pub(crate) fn by(force: bool) -> Existing {
        if force { Existing::IsReplaced } else { Existing::Stays }
    }

    /// Refuses a file that exists and stays: before anything is read, as a scan may take hours.
    pub(crate) fn refuse(self, file: &Path) -> Result<()> {
        if self == Existing::Stays && file.is_file() {
            bail!("{} exists; --force replaces it", file.display());
        }
        Ok(())
    }
}

/// One output that was asked for.
#[derive(Debug)]
pub(crate) struct Target<F> {
    format: F,
    pub(crate) file: Option<PathBuf>,
}

/// `-f` and `-o` of any command as typed.
pub(crate) struct Typed<'a> {
    /// Each `FORMAT` or `FORMAT=FILE`.
    pub(crate) formats: &'a [String],
    /// The file that stands for one without its own.
    pub(crate) output: Option<&'a Path>,
    pub(crate) existing: Existing,
}

/// The outputs that were asked for, a table unless something else was; files that exist are refused before anything is
/// read. The first of the formats is the one that holds when none is named.
pub(crate) fn targets<F: Copy>(typed: &Typed<'_>, formats: &[(&str, F)]) -> Result<Vec<Target<F>>> {
    let names = || formats.iter().map(|(name, _)| *name);
    let mut targets = Vec::new();
    for text in typed.formats {
        let (name, file) = match text.split_once('=') {
            Some((name, "")) => bail!(
                "--format {text}: no file behind the `=`; write {name}=FILE, or {name} alone for standard output"
            ),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text.as_str(), None),
        };
        let Some((_, format)) = formats.iter().find(|(known, _)| *known == name) else {
            let hint = trailsift::text::nearest(name, names())
                .map_or(String::new(), |near| format!("; did you mean {near}?"));
            bail!("--format {name}: expected one of {}{hint}", names().collect::<Vec<_>>().join(", "));
        };
        targets.push(Target { format: *format, file });
    }
    if targets.is_empty() {
        if let Some(file) = typed.output {
            refuse_other(file, formats)?;
        }
        targets.extend(formats.first().map(|(_, format)| Target { format: *format, file: None }));
    }
    if let Some(file) = typed.output {
        anyhow::ensure!(
            !file.as_os_str().is_empty(),
            "-o: no file is named; leave it out for standard output"
        );
        let mut unplaced = targets.iter_mut().filter(|target| target.file.is_none());
        match (unplaced.next(), unplaced.next()) {
            (Some(target), None) => target.file = Some(file.to_owned()),
            (None, _) => bail!("-o {}: every format has a file already", file.display()),
            (Some(_), Some(_)) => {
                bail!("-o {}: several formats, one file; write -f FORMAT=FILE", file.display())
            }
        }
    }
    // As for input, a dash is no file.
    for target in &mut targets {
        target.file.take_if(|file| *file == Path::new("-"));
    }
    if targets.iter().filter(|target| target.file.is_none()).count() > 1 {
        bail!("several formats on standard output; write -f FORMAT=FILE for all but one");
    }
    targets
        .iter()
        .filter_map(|target| target.file.as_deref())
        .try_for_each(|file| typed.existing.refuse(file))?;
    distinct(targets.iter().filter_map(|target| target.file.as_deref()))?;
    Ok(targets)
}

/// Refuses a file that is called as of another format than the one that holds when none is named.
fn refuse_other<F>(file: &Path, formats: &[(&str, F)]) -> Result<()> {
    let end = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let meant = match end.as_str() {
        "htm" => "html",
        "md" => "markdown",
        "ndjson" => "jsonl",
        other => other,
    };
    if let [(first, _), others @ ..] = formats
        && let Some((meant, _)) = others.iter().find(|(name, _)| *name == meant)
    {
        let file = file.display();
        bail!(
            "-o {file}: without -f that is the {first}; write -f {meant} -o {file}, or -f {first} if that is meant"
        );
    }
    Ok(())
}

/// Refuses folders that are not there, folders in place of files, and two outputs in one file, before anything is read.
pub(crate) fn distinct<'f>(files: impl Iterator<Item = &'f Path>) -> Result<()> {
    let mut places = Vec::new();
    for file in files {
        if file.is_dir() {
            bail!("cannot write {}: it is a folder", file.display());
        }
        let place =
            folder(file)?.canonicalize().unwrap_or_default().join(file.file_name().unwrap_or_default());
        // Several outputs into one pipe or device are what was asked for.
        if places.contains(&place) && (!file.exists() || is_regular(file)) {
            bail!("two outputs into {}; write each to a file of its own", file.display());
        }
        places.push(place);
    }
    Ok(())
}

/// The folder a file is to be in, which must be there.
fn folder(file: &Path) -> Result<&Path> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    anyhow::ensure!(
        folder.is_dir(),
        "cannot write {}\n  because: the folder {} does not exist; make it first",
        file.display(),
        folder.display()
    );
    Ok(folder)
}

fn is_regular(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() || meta.is_dir())
}

/// Writes an answer to every target; where one cannot be written, to all others, and tells of the first that failed.
pub(crate) fn write<F: Copy>(
    targets: &[Target<F>],
    existing: Existing,
    color: ColorChoice,
    write: &mut dyn FnMut(F, Surroundings, &mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let mut done = Ok(());
    for target in targets {
        let file = target.file.as_deref();
        let written = one(file, existing, color, &mut |around, out| write(target.format, around, out));
        done = done.and(written);
    }
    done
}

/// Refuses to write over what is read: reports can be made again, evidence cannot.
pub(crate) fn spare<'f>(files: impl Iterator<Item = &'f Path>, sources: &[Source]) -> Result<()> {
    for file in files.filter(|file| is_regular(file)) {
        let (place, name) = (file.canonicalize().ok(), file.file_name());
        let mut alike = sources.iter().map(Source::path).filter(|path| path.file_name() == name);
        if alike.any(|path| path.canonicalize().ok() == place) {
            bail!("{} is one of the logs that are read; write to another file", file.display());
        }
    }
    Ok(())
}

/// A stream whose reader may leave when it has seen enough: the rest is written to nobody, and the run goes on to its
/// other outputs and its exit status.
pub(crate) struct Stream<W>(W);

impl<W: Write> Write for Stream<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).or_else(|error| ignore_closed(error, bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().or_else(|error| ignore_closed(error, ()))
    }
}

fn ignore_closed<T>(error: io::Error, value: T) -> io::Result<T> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(value) } else { Err(error) }
}

/// Standard output.
pub(crate) fn stdout() -> Stream<io::StdoutLock<'static>> {
    Stream(io::stdout().lock())
}

/// Standard error.
pub(crate) fn stderr() -> Stream<io::StderrLock<'static>> {
    Stream(io::stderr().lock())
}

/// Writes it once, to a file or to standard output, fitted to where it goes.
fn one(
    file: Option<&Path>,
    existing: Existing,
    color: ColorChoice,
    write: &mut dyn FnMut(Surroundings, &mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    if let Some(file) = file {
        let around = Surroundings { width: PLAIN_WIDTH, color: false };
        return to_file(file, existing, &mut |out| write(around, out));
    }
    let around = Surroundings { width: width(), color: wants_color(color, &io::stdout()) };
    let mut out = io::BufWriter::new(stdout());
    write(around, &mut out).and_then(|()| out.flush()).context("cannot write to standard output")
}

/// The width to fit: `COLUMNS`, else the terminal's, else a plain default.
fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|n| *n >= 40);
    let terminal = || {
        io::stdout().is_terminal().then(|| terminal_size::terminal_size().map(|(w, _)| usize::from(w.0)))?
    };
    columns.or_else(terminal).unwrap_or(PLAIN_WIDTH).max(60)
}

/// Writes a file whole or not at all: into a neighbour first, then renamed. What is no regular file (`/dev/stdout`,
/// a named pipe) is written to directly.
pub(crate) fn to_file(
    path: &Path,
    existing: Existing,
    write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let context = || format!("cannot write {}", path.display());
    if path.exists() && !is_regular(path) {
        let file = std::fs::OpenOptions::new().write(true).open(path).with_context(context)?;
        let mut out = io::BufWriter::new(Stream(file));
        write(&mut out).and_then(|()| out.flush()).with_context(context)?;
        return Ok(());
    }
    let folder = folder(path)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let permissions = {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private; a report has the permissions that any new file has (less what the umask takes),
        // or those of the file it replaces.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
        path.metadata().ok().map(|meta| meta.permissions())
    };
    let file = builder.tempfile_in(folder).with_context(context)?;
    #[cfg(unix)]
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions).with_context(context)?;
    }
    let mut out = io::BufWriter::new(file);
    write(&mut out).and_then(|()| out.flush()).with_context(context)?;
    let file = out.into_inner().map_err(|error| error.into_error()).with_context(context)?;
    let done = match existing {
        Existing::IsReplaced => file.persist(path).map(drop),
        Existing::Stays => file.persist_noclobber(path).map(drop),
    };
    done.map_err(|error| error.error).with_context(context)?;
    Ok(())
}
