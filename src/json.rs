//! Reads a caller's JSON into our types and names what does not fit.
//!
//! serde's own errors name neither the path nor the nearest known field, and stop at English. This
//! deserializer walks a parsed `Value`, so each error carries the path into the caller's JSON:
//! `attachments[2].name: a text is needed, found 12`.

pub(crate) mod decimal;

use crate::error::{
    Error, MAIL_E_MISSING_FIELD, MAIL_E_TYPE, MAIL_E_UNKNOWN_FIELD, MAIL_E_VALUE, Result,
};
use crate::text::{self, Text};
use serde::Serialize;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use serde_json::Value;

/// Characters of a refused value that an error repeats.
const SHOWN_CHARACTERS: usize = 40;

/// Longest name that is compared with the known ones; no field has half as many bytes.
const COMPARED_BYTES: usize = 64;

/// Similarity (Jaro-Winkler, 0 to 1) from which a known name is worth suggesting.
const SIMILAR_ENOUGH: f64 = 0.75;

/// Reads a value of a type; unknown, missing and mistyped fields are refused by name.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(Reader { value }).map_err(|fault| fault.0)
}

/// Finds the known name nearest to a misspelt one.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if name.len() > COMPARED_BYTES {
        return None;
    }
    known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), *candidate))
        .filter(|(similarity, _)| *similarity >= SIMILAR_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Merges a patch into a document as RFC 7396 says: objects merge, `null` deletes, all else replaces.
pub(crate) fn merge(document: &mut Value, patch: &Value) {
    let Some(changes) = patch.as_object() else {
        *document = patch.clone();
        return;
    };
    if !document.is_object() {
        *document = Value::Object(serde_json::Map::new());
    }
    if let Some(members) = document.as_object_mut() {
        for (name, change) in changes {
            if change.is_null() {
                members.remove(name);
            } else {
                merge(members.entry(name.clone()).or_insert(Value::Null), change);
            }
        }
    }
}

/// serde_json's `json!` for objects whose keys are literals, in fewer bytes: that one spells out in place, for each member,
/// what may fail and what is then dropped.
macro_rules! compact_json {
    (@into $object:ident) => {};
    (@into $object:ident $key:literal : null $(, $($rest:tt)*)?) => {
        $crate::json::insert(&mut $object, $key, ::serde_json::Value::Null);
        $crate::json::json!(@into $object $($($rest)*)?);
    };
    (@into $object:ident $key:literal : [] $(, $($rest:tt)*)?) => {
        $crate::json::put(&mut $object, $key, &[(); 0]);
        $crate::json::json!(@into $object $($($rest)*)?);
    };
    (@into $object:ident $key:literal : { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $crate::json::insert(&mut $object, $key, $crate::json::json!({ $($inner)* }));
        $crate::json::json!(@into $object $($($rest)*)?);
    };
    (@into $object:ident $key:literal : $value:expr $(, $($rest:tt)*)?) => {
        $crate::json::put(&mut $object, $key, &$value);
        $crate::json::json!(@into $object $($($rest)*)?);
    };
    ({ $($members:tt)* }) => {{
        #[allow(unused_mut)]
        let mut object = ::serde_json::Map::new();
        $crate::json::json!(@into object $($members)*);
        ::serde_json::Value::Object(object)
    }};
    ($value:expr) => {
        $crate::json::value(&$value)
    };
}
pub(crate) use compact_json as json;

/// Adds a member to an object.
#[inline(never)]
pub(crate) fn put<T: Serialize + ?Sized>(
    object: &mut serde_json::Map<String, Value>,
    key: &str,
    member: &T,
) {
    insert(object, key, value(member));
}

#[inline(never)]
pub(crate) fn insert(object: &mut serde_json::Map<String, Value>, key: &str, member: Value) {
    object.insert(key.to_owned(), member);
}

/// Gives something as JSON; `null` for what has no form there, such as a path that is not Unicode.
#[inline(never)]
pub(crate) fn value<T: Serialize + ?Sized>(something: &T) -> Value {
    serde_json::to_value(something).unwrap_or_default()
}

/// Our error as serde wants to carry it.
#[derive(Debug)]
struct Fault(Error);

impl Fault {
    #[inline(never)]
    fn inside(self, parent: &str) -> Self {
        Fault(self.0.inside(parent))
    }

    #[inline(never)]
    fn mistyped(wanted: Text, found: &Value) -> Self {
        Fault(Error::new(
            MAIL_E_TYPE,
            text::wrong_type(&wanted, &shown(found)),
        ))
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.message.get(text::Language::English))
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        let words = message.to_string();
        Fault(Error::new(MAIL_E_VALUE, Text::new(words.clone(), words)))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        let message = text::not_one_of(&format!("`{}`", cut(found)), known, nearest(found, known));
        Fault(Error::at(MAIL_E_UNKNOWN_FIELD, cut(found), message))
    }

    fn missing_field(field: &'static str) -> Self {
        Fault(Error::at(
            MAIL_E_MISSING_FIELD,
            field,
            text::missing_field(),
        ))
    }
}

fn shown(value: &Value) -> String {
    let whole = match value {
        Value::Array(_) => "[…]".to_owned(),
        Value::Object(_) => "{…}".to_owned(),
        other => other.to_string(),
    };
    cut(&whole)
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN_CHARACTERS {
        return text.to_owned();
    }
    text.chars().take(SHOWN_CHARACTERS).chain(['…']).collect()
}

struct Reader<'a> {
    value: &'a Value,
}

impl Reader<'_> {
    fn unsigned<T: TryFrom<u64>>(&self, most: u64) -> std::result::Result<T, Fault> {
        self.value
            .as_u64()
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| Fault::mistyped(text::whole_number(most), self.value))
    }
}

type Answer<T> = std::result::Result<T, Fault>;

// The compiler makes serde's functions anew for each of our types, so what does not depend on the type stands apart.

#[inline(never)]
fn refuse_unknown(value: &Value, fields: &'static [&'static str]) -> Answer<()> {
    for name in members_of(value)?.keys() {
        if !fields.contains(&name.as_str()) {
            let message = text::unknown_field(nearest(name, fields));
            return Err(Fault(Error::at(MAIL_E_UNKNOWN_FIELD, cut(name), message)));
        }
    }
    Ok(())
}

#[inline(never)]
fn word_of<'a>(value: &'a Value, variants: &'static [&'static str]) -> Answer<&'a str> {
    let word = words_of(value)?;
    if variants.contains(&word) {
        return Ok(word);
    }
    let message = text::not_one_of(&shown(value), variants, nearest(word, variants));
    Err(Fault(Error::new(MAIL_E_VALUE, message)))
}

#[inline(never)]
fn flag_of(value: &Value) -> Answer<bool> {
    let flag = value.as_bool();
    flag.ok_or_else(|| Fault::mistyped(text::true_or_false(), value))
}

#[inline(never)]
fn words_of(value: &Value) -> Answer<&str> {
    let words = value.as_str();
    words.ok_or_else(|| Fault::mistyped(text::a_text(), value))
}

#[inline(never)]
fn items_of(value: &Value) -> Answer<&Vec<Value>> {
    let items = value.as_array();
    items.ok_or_else(|| Fault::mistyped(text::a_list(), value))
}

#[inline(never)]
fn members_of(value: &Value) -> Answer<&serde_json::Map<String, Value>> {
    let members = value.as_object();
    members.ok_or_else(|| Fault::mistyped(text::an_object(), value))
}

impl<'de> de::Deserializer<'de> for Reader<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        de::Deserializer::deserialize_any(self.value.clone(), visitor).map_err(de::Error::custom)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        visitor.visit_bool(flag_of(self.value)?)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        visitor.visit_u16(self.unsigned(u16::MAX.into())?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        visitor.visit_u32(self.unsigned(u32::MAX.into())?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        visitor.visit_u64(self.unsigned(u64::MAX)?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        match self.value.as_i64() {
            Some(number) => visitor.visit_i64(number),
            None => Err(Fault::mistyped(text::whole_number(u64::MAX), self.value)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        visitor.visit_str(words_of(self.value)?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        if self.value.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Answer<V::Value> {
        if name == decimal::NAME {
            let figure = decimal::read(self.value).map_err(Fault)?;
            return visitor.visit_bytes(&figure.serialize());
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        visitor.visit_seq(Items {
            items: items_of(self.value)?.iter(),
            index: 0,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        visitor.visit_map(Members {
            rest: members_of(self.value)?.iter(),
            current: None,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Answer<V::Value> {
        refuse_unknown(self.value, fields)?;
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Answer<V::Value> {
        visitor.visit_enum(word_of(self.value, variants)?.into_deserializer())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Answer<V::Value> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 u8 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

struct Items<'a> {
    items: std::slice::Iter<'a, Value>,
    index: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Answer<Option<T::Value>> {
        let Some(value) = self.items.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        match seed.deserialize(Reader { value }) {
            Ok(item) => Ok(Some(item)),
            Err(fault) => Err(fault.inside(&format!("[{index}]"))),
        }
    }
}

struct Members<'a> {
    rest: serde_json::map::Iter<'a>,
    current: Option<(&'a String, &'a Value)>,
}

impl<'de> de::MapAccess<'de> for Members<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Answer<Option<K::Value>> {
        self.current = self.rest.next();
        match self.current {
            Some((name, _)) => seed
                .deserialize(name.as_str().into_deserializer())
                .map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Answer<T::Value> {
        let Some((name, value)) = self.current.take() else {
            return Err(de::Error::custom("a value without a name"));
        };
        seed.deserialize(Reader { value })
            .map_err(|fault| fault.inside(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Basket {
        port: Option<u16>,
        #[serde(default)]
        items: Vec<Item>,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Item {
        label: String,
        fragile: Option<bool>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Tls,
        StartTls,
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_path() {
        let cases = [
            (
                json!({"prot": 1}),
                "`prot`: unknown field, did you mean `port`?",
            ),
            (json!({"zebra": 1}), "`zebra`: unknown field."),
            (
                json!({"port": "465"}),
                "`port`: a whole number from 0 to 65535 is needed, found \"465\".",
            ),
            (
                json!({"port": 70000}),
                "`port`: a whole number from 0 to 65535 is needed, found 70000.",
            ),
            (json!({"items": 3}), "`items`: a list is needed, found 3."),
            (
                json!({"items": [{"label": "a"}, {"label": 2}]}),
                "`items[1].label`: a text is needed, found 2.",
            ),
            (json!({"items": [{}]}), "`items[0].label`: missing."),
            (
                json!({"items": [{"label": "a", "fragil": true}]}),
                "`items[0].fragil`: unknown field, did you mean `fragile`?",
            ),
            (
                json!({"items": [{"label": "a", "fragile": "yes"}]}),
                "`items[0].fragile`: true or false is needed, found \"yes\".",
            ),
            (
                json!({"kind": "startls"}),
                "`kind`: \"startls\" is not one of `tls`, `starttls`; did you mean `starttls`?",
            ),
            (json!([1]), "an object is needed, found […]."),
        ];
        for (value, sentence) in cases {
            let error = read::<Basket>(&value).unwrap_err();
            assert_eq!(error.sentence(Language::English), sentence, "for {value}");
        }
    }

    #[test]
    fn a_right_document_is_read() {
        let basket: Basket =
            read(&json!({"port": 465, "items": [{"label": "é", "fragile": null}], "kind": "tls"}))
                .unwrap();
        assert_eq!(basket.port, Some(465));
        assert_eq!(basket.items[0].label, "é");
    }

    #[test]
    fn merging_follows_the_examples_of_rfc_7396() {
        let cases = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (
                json!({"a":"b","b":"c"}),
                json!({"a":null}),
                json!({"b":"c"}),
            ),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (
                json!({}),
                json!({"a":{"bb":{"ccc":null}}}),
                json!({"a":{"bb":{}}}),
            ),
        ];
        for (mut document, patch, expected) in cases {
            merge(&mut document, &patch);
            assert_eq!(document, expected, "patch {patch}");
        }
    }
}
