//! Types that have one name in every output.

/// Lets a type stand in JSON under the name that all other outputs have for it, so that there is only one.
macro_rules! serialized_by_name {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}
pub(crate) use serialized_by_name;
