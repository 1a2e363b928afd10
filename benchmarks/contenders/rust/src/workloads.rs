//! What the workloads ask for: what workloads.hpp is to contenders in C++.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

pub const SELECT_WORLD: &str = "select id, randomnumber from world where id = $1";
pub const SELECT_MEASUREMENTS: &str =
    "select i as id, 'name-' || i as name, i * 1.5::float8 as value, now() as at from generate_series(1, 1000) i";
pub const SELECT_TYPES: &str =
    "select typname, typnamespace, typowner, typlen, typbyval, typcategory, typispreferred, typisdefined, typdelim, \
     typrelid, typelem, typarray from pg_type where typtypmod = $1 and typisdefined = $2";
pub const INSERT_WORLD: &str = "insert into inserted (id, randomnumber) values ($1, $2)";
pub const COPY_ROWS: &str = "copy copytest(id, a, b, ts) from stdin (format binary)";
pub const SELECT_SERIES: &str = "select i from generate_series(1, $1) as i";
pub const SELECT_BLOBS: &str = "select b from blobs";
pub const SELECT_ARRAYS: &str = "select a from int_arrays";
pub const COPY_WIDE_ROWS: &str = "copy copied_wide from stdin (format binary)";
pub const SELECT_SUM: &str = "select 1 + 1";
pub const SELECT_MANY_MEASUREMENTS: &str =
    "select i as id, 'name-' || i as name, i * 1.5::float8 as value, now() as at from generate_series(1, $1) i";

pub const WORLD_ROWS: i32 = 10_000;
pub const MEASUREMENT_ROWS: usize = 1000;
pub const LEAST_TYPE_ROWS: usize = 100;
pub const COPIED_ROWS: u64 = 200_000;
pub const INSERTS_PER_BATCH: usize = 1000;
pub const SELECTS_PER_REQUEST: usize = 20;
/// Of W3-batch.
pub const SELECTS_PER_BATCH: usize = 64;
/// Of W2 and W3.
pub const TASKS: usize = 64;
/// Of W5 and M1 to M7.
pub const TEN_CONNECTIONS: usize = 10;
/// Of connections-N.
pub const TASKS_OF_CONNECTIONS: usize = 256;
pub const SERIES_LENGTH: i32 = 1000;
pub const BLOB_BYTES: usize = 100 * 1024;
pub const ARRAY_ROWS: usize = 100;
pub const ARRAY_LENGTH: usize = 100;
pub const WIDE_ROWS: u64 = 10_000;

pub struct Measurement {
    pub id: i32,
    pub name: String,
    pub value: f64,
    #[allow(dead_code)]
    pub at: SystemTime,
}

#[allow(dead_code)]
pub struct TypeRow {
    pub name: String,
    pub namespace: u32,
    pub owner: u32,
    pub length: i16,
    pub by_value: bool,
    pub category: i8,
    pub preferred: bool,
    pub defined: bool,
    pub delimiter: i8,
    pub relation: u32,
    pub element: u32,
    pub array: u32,
}

/// The ids that every contender asks for (Marsaglia's xorshift).
pub struct IdSequence(Cell<u32>);

impl IdSequence {
    pub fn new() -> IdSequence {
        IdSequence(Cell::new(88_172_645))
    }

    pub fn next(&self) -> i32 {
        let mut state = self.0.get();
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        self.0.set(state);
        1 + (state % WORLD_ROWS as u32) as i32
    }
}

fn time_of(row: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000) + Duration::from_millis(row)
}

pub fn rows_to_copy() -> Vec<(i64, String, f64, SystemTime)> {
    (0..COPIED_ROWS).map(|i| (i as i64, format!("row number {}", i), i as f64 / 7.0, time_of(i))).collect()
}

pub struct WideRow {
    pub a: i32,
    pub b: i64,
    pub c: f64,
    pub d: bool,
    pub e: String,
    pub f: String,
    pub g: SystemTime,
}

pub fn wide_rows_to_copy() -> Vec<WideRow> {
    let row = |i: u64| WideRow {
        a: i as i32,
        b: i as i64 * 1_000_003,
        c: i as f64 / 7.0,
        d: i % 2 == 0,
        e: format!("name {}", i),
        f: format!("a longer text, such as a description, of row {}", i),
        g: time_of(i),
    };
    (0..WIDE_ROWS).map(row).collect()
}

pub fn select_sum_of_parameters(count: i32) -> String {
    let terms: Vec<String> = (1..=count).map(|i| format!("${}::int4", i)).collect();
    format!("select {}", terms.join(" + "))
}
