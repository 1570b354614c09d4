//! Currencies: ISO 4217 codes and the decimals that their amounts are written with.

/// Codes in use that have two decimals.
const TWO: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
    CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR \
    ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR \
    MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP \
    STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";

/// Codes in use without decimals.
const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";

/// Codes in use with three decimals.
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";

/// A currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Currency {
    code: &'static str,
    /// Decimals that its amounts are written with.
    pub(crate) decimals: u32,
}

impl Currency {
    /// The euro.
    pub(crate) const EURO: Currency = Currency {
        code: "EUR",
        decimals: 2,
    };

    /// Finds a currency by its code, in capitals.
    pub(crate) fn of(code: &str) -> Option<Self> {
        [(TWO, 2), (NONE, 0), (THREE, 3)]
            .into_iter()
            .find_map(|(codes, decimals)| {
                let code = codes.split(' ').find(|known| *known == code)?;
                Some(Currency { code, decimals })
            })
    }

    /// What stands beside an amount: the euro sign, else the code.
    pub(crate) fn sign(self) -> &'static str {
        if self.has_sign() { "€" } else { self.code }
    }

    /// Tells whether it is shown by a sign; a dollar sign would leave open which dollar.
    pub(crate) fn has_sign(self) -> bool {
        self == Self::EURO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_as_iso_4217_writes_them() {
        let cases = [
            ("EUR", Some(2)),
            ("ZWG", Some(2)),
            ("JPY", Some(0)),
            ("XPF", Some(0)),
            ("TND", Some(3)),
            ("eur", None),
            ("€", None),
            ("", None),
            ("FRF", None),
            ("EUR USD", None),
        ];
        for (code, decimals) in cases {
            let found = Currency::of(code).map(|currency| currency.decimals);
            assert_eq!(found, decimals, "{code:?}");
        }
    }

    #[test]
    fn every_code_stands_in_one_table_once() {
        let all: Vec<&str> = [TWO, NONE, THREE]
            .iter()
            .flat_map(|codes| codes.split(' '))
            .collect();
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), all.len());
        assert!(all.iter().all(|code| code.len() == 3), "{all:?}");
    }
}
