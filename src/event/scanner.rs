//! The record scanner: finds a layout's fields in one JSON object without building values.
//!
//! It hops from quote to quote, descends only where the layout's trie does, and notes offsets; what it passes must be
//! right nevertheless. Hence it reads what serde_json reads, and refuses what that refuses, but for halves of
//! surrogate pairs and numbers too large to compute with, which it lets pass. [`super::naive`] is asked about what is
//! merely unusual.

use std::num::NonZeroU32;

use super::json::{Fault, FaultKind};
use super::pieces::Text;
use super::quotes::{Inside, MAX_TEXT, Quotes};
use super::shapes::learn;
use super::slots::{Kind, Open, Slot};
use super::text::unescape;
use super::trie::{Key, Leaf, Node};
use super::{Layout, Slots};

/// How many containers may lie one in another, the record included: as many as serde_json allows, so that both
/// readers refuse the same records.
pub(super) const MAX_LEVELS: usize = 127;

/// Reads the object that starts at `text[at]` and notes where the layout's fields lie. Returns the first byte
/// behind it. After a fault, `slots` means nothing.
pub fn read(text: &str, at: usize, layout: &Layout, slots: &mut Slots) -> Result<usize, Fault> {
    if text.len() > MAX_TEXT {
        return Err(Fault { at, kind: FaultKind::Expected("a text below 2 GiB") });
    }
    if at >= text.len() {
        return Err(Fault { at: text.len(), kind: FaultKind::Truncated });
    }
    slots.quotes.restart(at);
    slots.passed = 0;
    begin(text, at, layout, slots)
}

/// [`read`] of a further record of the text that `slots` were last used for, unless [`Slots::leave_text`] was called
/// since: what has been indexed ahead of it is used, and what is known of the shapes of records read before.
pub fn read_on(text: &str, at: usize, layout: &Layout, slots: &mut Slots) -> Result<usize, Fault> {
    if text.len() > MAX_TEXT || at >= text.len() {
        return read(text, at, layout, slots);
    }
    let wanted = slots.shapes.wanted();
    if wanted {
        slots.clear();
        if let Some(known) = slots.shapes.find(Text::new(text), at as u32) {
            slots.shape = Some(known.shape);
            return Ok(known.end as usize);
        }
    }
    let end = match slots.quotes.can_go_on(slots.passed, at) {
        true => begin(text, at, layout, slots),
        false => read(text, at, layout, slots),
    }?;
    if wanted {
        learn(text, at, end, layout, slots);
    }
    Ok(end)
}

fn begin(text: &str, at: usize, layout: &Layout, slots: &mut Slots) -> Result<usize, Fault> {
    slots.clear();
    slots.expect_keys(layout.keys());
    // Taken out and put back, so that it is known to lie apart from the slots.
    let mut quotes = std::mem::take(&mut slots.quotes);
    let scan = Text::new(text);
    let end = match scan.byte(at as u32) {
        b'{' => scan.object(at as u32, layout, slots, &mut quotes).map(|end| end as usize),
        _ => Err(scan.fault(at as u32, "an object")),
    };
    slots.quotes = quotes;
    end
}

impl<'a> Text<'a> {
    /// Reads the record whose brace is at `at`: one loop over the keys and elements of it and of the containers in
    /// it that paths go through.
    #[expect(clippy::too_many_lines, reason = "one loop that keeps its state in registers")]
    fn object(
        self,
        at: u32,
        layout: &'a Layout,
        slots: &mut Slots,
        quotes: &mut Quotes,
    ) -> Result<u32, Fault> {
        slots.open.clear();
        let mut passed = std::mem::take(&mut slots.passed);
        let mut number = Layout::ROOT;
        let mut node = layout.node(number);
        let mut object = slots.enter();
        let mut close = b'}';
        let mut at = self.space(at + 1);
        if self.byte(at) == close {
            slots.passed = passed;
            return Ok(at + 1);
        }
        loop {
            // Elements of an array have no key, and paths go on in each.
            let (mut leaf, mut child, mut first) = (None, NonZeroU32::new(number), self.byte(at));
            if close == b'}' {
                if first != b'"' {
                    return Err(self.fault(at, "a key"));
                }
                let inside = self.string(at, quotes, &mut passed)?;
                let key = match inside.plain {
                    true => node.find_in(self.text, inside.start, inside.end),
                    false => self.find_unescaped(node, inside),
                };
                (leaf, child) = match key {
                    Some(key) => (key.leaf, key.child),
                    None => (None, None),
                };
                // What ends here only is told by its field. What goes on must be met: a more literal spelling of the
                // field may have been there, and the fields beyond are others.
                if let Some(Key { leaf, child, number, .. }) = key
                    && (leaf.is_none() || child.is_some())
                    && !slots.meet(*number, object)
                {
                    return Err(odd(at));
                }
                let colon;
                [colon, first] = self.pair(inside.end + 1);
                at = inside.end + 2;
                if colon != b':' || first <= b' ' {
                    at = self.colon(inside.end + 1)?;
                    first = self.byte(at);
                }
            }
            let (start, stop, kind);
            match first {
                b'"' => {
                    let inside = self.string(at, quotes, &mut passed)?;
                    (start, stop) = (inside.start, inside.end);
                    at = inside.end + 1;
                    kind = if inside.plain { Kind::Text } else { Kind::Escaped };
                    if !inside.plain && child.is_some() && self.holds_more(inside, leaf) {
                        return Err(odd(start));
                    }
                }
                b'{' | b'[' => {
                    start = at;
                    kind = if first == b'{' { Kind::Object } else { Kind::Array };
                    if let Some(child) = child {
                        if slots.open.len() + 1 >= MAX_LEVELS {
                            return Err(Fault { at: at as usize, kind: FaultKind::TooDeep });
                        }
                        at = self.space(at + 1);
                        // `{` and `[` are two before the brackets that close them.
                        if self.byte(at) != first + 2 {
                            slots.open.push(Open { start, leaf, node: number, object, close });
                            number = child.get();
                            node = layout.node(number);
                            object = slots.enter();
                            close = first + 2;
                            continue;
                        }
                        at += 1;
                    } else {
                        (at, passed) = self.skip(at, quotes, passed, MAX_LEVELS - 1 - slots.open.len())?;
                    }
                    stop = at;
                }
                _ => {
                    start = at;
                    (at, kind) = self.scalar(at)?;
                    stop = at;
                }
            }
            if let Some(leaf) = leaf
                && !slots.add(leaf.field, slot(start, stop, kind, leaf.rank, object))
            {
                return Err(odd(start));
            }
            if self.pair(at) == *b",\"" {
                at += 1;
                continue;
            }
            loop {
                at = self.space(at);
                let next = self.byte(at);
                if next == b',' {
                    at = self.space(at + 1);
                    break;
                }
                if next != close {
                    return Err(self.no_comma(at, close == b'}'));
                }
                at += 1;
                let Some(open) = slots.open.pop() else {
                    slots.passed = passed;
                    return Ok(at);
                };
                let kind = if close == b'}' { Kind::Object } else { Kind::Array };
                (number, object, close) = (open.node, open.object, open.close);
                if let Some(leaf) = open.leaf
                    && !slots.add(leaf.field, slot(open.start, at, kind, leaf.rank, object))
                {
                    return Err(odd(open.start));
                }
                node = layout.node(number);
            }
        }
    }

    /// Whether a text at a key that paths go on from may hold an object or an array, which they go on in.
    #[cold]
    #[inline(never)]
    fn holds_more(self, inside: Inside, leaf: Option<Leaf>) -> bool {
        self.opens(inside.start) && !leaf.is_some_and(Leaf::is_part)
    }

    #[cold]
    #[inline(never)]
    fn find_unescaped(self, node: &'a Node, inside: Inside) -> Option<&'a Key> {
        node.find(unescape(self.slice(inside)).as_bytes())
    }
}

/// The text is short enough: see [`read`].
#[inline(always)]
fn slot(start: u32, end: u32, kind: Kind, rank: u8, object: u32) -> Slot {
    Slot { start, end, kind, rank, more: false, object }
}

/// Of a key that comes twice the last one counts, and what the first one's value held must go.
#[cold]
fn odd(at: u32) -> Fault {
    Fault { at: at as usize, kind: FaultKind::Odd }
}
