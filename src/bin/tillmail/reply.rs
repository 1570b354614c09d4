//! Reading the library's replies: what is not there is null, empty or zero.

use serde_json::Value;

/// A reply, or a part of one.
pub(crate) trait Reply {
    /// A member; null where there is none.
    fn at(&self, member: &str) -> &Value;
    /// A member that is a text; empty where there is none.
    fn text(&self, member: &str) -> &str;
    /// A member that is a list; empty where there is none.
    fn list(&self, member: &str) -> &[Value];
    /// A member that counts; zero where there is none.
    fn count(&self, member: &str) -> u64;
}

impl Reply for Value {
    fn at(&self, member: &str) -> &Value {
        self.get(member).unwrap_or(&Value::Null)
    }

    fn text(&self, member: &str) -> &str {
        self.at(member).as_str().unwrap_or_default()
    }

    fn list(&self, member: &str) -> &[Value] {
        self.at(member).as_array().map_or(&[], Vec::as_slice)
    }

    fn count(&self, member: &str) -> u64 {
        self.at(member).as_u64().unwrap_or(0)
    }
}
