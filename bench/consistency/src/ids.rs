//! Ids in their three spellings: public (`ticket_0192…`), JSON (with hyphens) and `HEX()` of SQL.

/// The sixteen bytes of an id, whatever it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u128);

impl Id {
    /// `None` for text that is none of the three spellings.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.rsplit('_').next()?.replace('-', "");
        (digits.len() == 32).then(|| u128::from_str_radix(&digits, 16).ok().map(Self))?
    }

    pub fn public(self, noun: &str) -> String {
        format!("{noun}_{self}")
    }

    /// The last eight digits, to tell records of one run apart.
    pub fn short(self) -> String {
        self.to_string()[24..].to_owned()
    }

    pub fn sql(self) -> String {
        format!("UNHEX('{self}')")
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
