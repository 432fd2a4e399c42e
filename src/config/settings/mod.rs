//! What the user can set: one table, and one map of names to values for each layer (flags, environment, file).
//!
//! - `table`: the settings, one row each; everything that names a setting to the user is made from it
//! - `destinations`: the part of it that says where messages go
//! - `staying`: the part of it about a process that stays, and about what is told of trouble
//! - `setting`: what a row can say
//! - `layer`: what one layer says, and how layers are merged
//! - `raw`, `values`: what somebody wrote, and what it means
//! - `places`: the same of destinations
//! - `choices`: the values that are one of several words

pub use self::layer::Settings;
pub use self::raw::Raw;
pub use self::setting::{Form, Scope, Section, Setting};
pub use self::table::SETTINGS;

mod choices;
mod destinations;
mod layer;
pub(super) mod places;
mod raw;
mod setting;
mod staying;
mod table;
pub(super) mod values;
