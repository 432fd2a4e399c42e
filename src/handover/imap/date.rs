//! When a message came: the date that a folder shows it under.

use jiff::civil::{Date, Time};
use mail_parser::{DateTime, HeaderName, HeaderValue, MessageParser};

/// The INTERNALDATE of a message with this header, in the form of RFC 3501: of the topmost Received, which the last server
/// wrote, else of Date. None, if neither has a date that there is.
///
/// Servers take `32-Nov-2026` and a zone of `+9900`, and make something of it; others take neither. What is given out here
/// is always a date.
pub(super) fn internal_date(header: &[u8]) -> Option<String> {
    let message = MessageParser::new().parse_headers(header)?;
    let received = message.headers().iter().find(|header| header.name == HeaderName::Received);
    let received = received.and_then(|header| match &header.value {
        HeaderValue::Received(received) => received.date(),
        _ => None,
    });
    received.as_ref().and_then(shown).or_else(|| message.date().and_then(shown))
}

fn shown(date: &DateTime) -> Option<String> {
    let DateTime { year, month, day, hour, minute, second, tz_before_gmt, tz_hour, tz_minute } = *date;
    let whole = |number: u8| i8::try_from(number).ok();
    let year = i16::try_from(year).ok().filter(|year| YEARS.contains(year))?;
    Date::new(year, whole(month)?, whole(day)?).ok()?;
    let second = second.min(59); // a leap second is none to most servers
    Time::new(whole(hour)?, whole(minute)?, whole(second)?, 0).ok()?;
    if tz_hour > FARTHEST_ZONE || tz_minute > 59 {
        return None;
    }
    let month = MONTHS.get(usize::from(month).checked_sub(1)?)?;
    let sign = if tz_before_gmt { '-' } else { '+' };
    Some(format!("{day:02}-{month}-{year:04} {hour:02}:{minute:02}:{second:02} {sign}{tz_hour:02}{tz_minute:02}"))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Years that every server can keep.
const YEARS: std::ops::RangeInclusive<i16> = 1971..=9998;

/// Hours from Greenwich.
const FARTHEST_ZONE: u8 = 14;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::internal_date;

    fn of(header: &str) -> Option<String> {
        internal_date(format!("{header}\r\n\r\n").replace('\n', "\r\n").as_bytes())
    }

    #[test]
    fn the_topmost_received_counts_then_date() {
        let received = "Received: from a by b; Thu, 5 Nov 2026 10:00:00 +0100 (CET)";
        let older = "Received: from x by a; Wed, 04 Nov 2026 09:00:00 -0000";
        let date = "Date: Tue, 3 Nov 2026 08:07:06 -0530";
        assert_eq!(of(&format!("{date}\n{received}\n{older}")).unwrap(), "05-Nov-2026 10:00:00 +0100");
        assert_eq!(of(date).unwrap(), "03-Nov-2026 08:07:06 -0530");
        assert_eq!(of(&format!("Received: from a by b\n{date}")).unwrap(), "03-Nov-2026 08:07:06 -0530");
        assert_eq!(
            of(&format!("Received: from a by b; 45 Nov 2026 10:00:00 +0000\n{date}")).unwrap(),
            "03-Nov-2026 08:07:06 -0530"
        );
    }

    #[test]
    fn what_is_no_date_is_none() {
        for date in [
            "32 Nov 2026 10:00:00 +0000",
            "31 Nov 2026 10:00:00 +0000",
            "5 Nov 2026 24:00:00 +0000",
            "5 Nov 1899 10:00:00 +0000",
            "yesterday",
            "",
        ] {
            assert_eq!(of(&format!("Date: {date}")), None, "{date}");
        }
        assert_eq!(of("Subject: x"), None);
        assert_eq!(of("Date: 31 Dec 2016 23:59:60 +0000").unwrap(), "31-Dec-2016 23:59:59 +0000");
    }

    proptest! {
        #[test]
        fn what_is_given_out_is_always_a_date(
            day in 0u32..40, month in "(Jan|Feb|Nov|Xyz)", year in 0u32..12_000, time in "[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}",
            zone in "([-+][0-9]{2,5}|EST|)",
        ) {
            if let Some(date) = of(&format!("Date: {day} {month} {year} {time} {zone}")) {
                prop_assert_eq!(date.len(), 26);
                prop_assert!(jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", &date).unwrap().to_timestamp().is_ok());
            }
        }
    }
}
