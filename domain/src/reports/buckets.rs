//! Cutting a time into days, weeks and months of a time zone.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::Timestamp;
use crate::error::{Error, Result};

/// Most buckets of one report.
pub const BUCKETS_MAX: usize = 400;

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    Day,
    /// From Monday.
    Week,
    Month,
}

/// Half-open: `from <= time < to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// The buckets between two times, in order; the first and the last may be cut.
///
/// # Errors
/// [`Error::Invalid`] for `to` unless it is after `from`, and for `interval` when there would be more than
/// [`BUCKETS_MAX`].
pub(super) fn buckets(
    from: Timestamp,
    to: Timestamp,
    interval: Interval,
    zone: Tz,
) -> Result<Vec<Bucket>> {
    if to <= from {
        return Err(Error::invalid("to", "must be after from"));
    }
    let mut date = interval.first_day(from.as_utc().with_timezone(&zone).date_naive());
    let mut all = Vec::new();
    let mut begin = from;
    while begin < to {
        if all.len() == BUCKETS_MAX {
            let why =
                format!("gives more than {BUCKETS_MAX} buckets; take a longer one, or less time");
            return Err(Error::invalid("interval", why));
        }
        date = interval.after(date).ok_or_else(|| Error::invalid("to", "is out of range"))?;
        let end = midnight(date, zone).min(to);
        all.push(Bucket { from: begin, to: end });
        begin = end;
    }
    Ok(all)
}

/// Where a time belongs.
pub(super) fn position(buckets: &[Bucket], at: Timestamp) -> Option<usize> {
    let n = buckets.partition_point(|bucket| bucket.to <= at);
    buckets.get(n).filter(|bucket| bucket.from <= at).map(|_| n)
}

impl Interval {
    fn first_day(self, date: NaiveDate) -> NaiveDate {
        let back = match self {
            Self::Day => 0,
            Self::Week => date.weekday().num_days_from_monday(),
            Self::Month => date.day0(),
        };
        date.checked_sub_days(Days::new(back.into())).unwrap_or(date)
    }

    fn after(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => first.checked_add_days(Days::new(1)),
            Self::Week => first.checked_add_days(Days::new(7)),
            Self::Month => first.checked_add_months(Months::new(1)),
        }
    }
}

/// When a day begins. Where clocks skip midnight it is the first moment after; where they show it twice, the
/// first one.
fn midnight(date: NaiveDate, zone: Tz) -> Timestamp {
    let mut local = date.and_time(NaiveTime::MIN);
    // Clocks never skip more than a day.
    for _ in 0..=24 * 4 {
        if let Some(found) = zone.from_local_datetime(&local).earliest() {
            return found.with_timezone(&Utc).into();
        }
        local += TimeDelta::minutes(15);
    }
    date.and_time(NaiveTime::MIN).and_utc().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let time = chrono::DateTime::parse_from_rfc3339(text).expect("a time");
        time.with_timezone(&Utc).into()
    }

    fn begins(from: &str, to: &str, interval: Interval, zone: &str) -> Vec<String> {
        let all = buckets(at(from), at(to), interval, zone.parse().unwrap()).unwrap();
        assert!(all.windows(2).all(|pair| pair[0].to == pair[1].from), "no gap, no overlap");
        assert_eq!((all[0].from, all[all.len() - 1].to), (at(from), at(to)));
        all.iter().map(|bucket| bucket.from.to_string()).collect()
    }

    #[test]
    fn days_begin_at_midnight_of_the_zone_also_when_clocks_change() {
        for (from, to, interval, zone, expected) in [
            (
                "2026-03-28T12:00:00Z",
                "2026-03-30T12:00:00Z",
                Interval::Day,
                "Europe/Berlin",
                // 23 hours on the day the clocks go forward.
                &["2026-03-28T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"][..],
            ),
            (
                "2018-11-03T03:00:00Z",
                "2018-11-05T02:00:00Z",
                Interval::Day,
                "America/Sao_Paulo",
                // Midnight of the 4th did not happen: the day began at one o'clock.
                &["2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"],
            ),
            (
                "2026-01-01T00:00:00Z",
                "2026-01-13T00:00:00Z",
                Interval::Week,
                "UTC",
                &["2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"],
            ),
            (
                "2024-01-31T00:00:00Z",
                "2024-03-02T00:00:00Z",
                Interval::Month,
                "UTC",
                &["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"],
            ),
            (
                "2026-05-01T00:00:00Z",
                "2026-05-01T00:00:01Z",
                Interval::Month,
                "Asia/Kathmandu",
                &["2026-05-01T00:00:00Z"],
            ),
        ] {
            assert_eq!(begins(from, to, interval, zone), expected, "{zone} {from}");
        }
    }

    #[test]
    fn backward_and_endless_reports_are_refused() {
        let (from, to) = (at("2020-01-01T00:00:00Z"), at("2021-02-04T00:00:00Z"));
        let refused = |from, to, interval| {
            buckets(from, to, interval, Tz::UTC)
                .map_or_else(|error| error.to_string(), |all| all.len().to_string())
        };
        assert!(refused(to, from, Interval::Day).contains("to: must be after from"));
        assert!(refused(from, from, Interval::Day).contains("to: must be after from"));
        assert_eq!(refused(from, to, Interval::Day), "400");
        assert!(
            refused(from, to.plus_seconds(1), Interval::Day)
                .contains("interval: gives more than 400")
        );
        assert_eq!(refused(from, to, Interval::Month), "14");
    }

    #[test]
    fn a_time_belongs_to_the_bucket_that_begins_with_it() {
        let (from, to) = (at("2026-01-01T06:00:00Z"), at("2026-01-03T00:00:00Z"));
        let all = buckets(from, to, Interval::Day, Tz::UTC).unwrap();
        for (time, expected) in [
            ("2026-01-01T05:59:59Z", None),
            ("2026-01-01T06:00:00Z", Some(0)),
            ("2026-01-01T23:59:59.999999Z", Some(0)),
            ("2026-01-02T00:00:00Z", Some(1)),
            ("2026-01-03T00:00:00Z", None),
        ] {
            assert_eq!(position(&all, at(time)), expected, "{time}");
        }
    }
}
