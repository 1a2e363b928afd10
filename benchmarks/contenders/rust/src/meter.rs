//! The frame in which a contender in Rust runs: what meter.hpp is to those in C++. Everything happens in one thread.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use crate::workloads::WORLD_ROWS;

/// What a program returns for a workload that it has no form for.
pub const NOT_OFFERED: i32 = 3;

const OPERATIONS_BETWEEN_LOOKS: u64 = 16;

/// The command line.
pub struct Options {
    pub workload: String,
    pub dsn: String,
    warm_up: Duration,
    seconds: Duration,
}

impl Options {
    pub fn parse() -> Options {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let value = |name: &str| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1));
        let duration = |name: &str, default: f64| {
            Duration::from_secs_f64(value(name).map_or(default, |text| text.parse().expect("a number")))
        };
        Options {
            workload: value("--workload").expect("--workload is needed").clone(),
            dsn: value("--dsn").expect("--dsn is needed").clone(),
            warm_up: duration("--warm-up", 0.3),
            seconds: duration("--seconds", 1.0),
        }
    }
}

struct Sample {
    time: Instant,
    user: f64,
    system: f64,
    done: u64,
}

/// Counts operations, and measures what the client spends on those between the warm-up and the end.
pub struct Meter {
    options: Options,
    done: Cell<u64>,
    look_at: Cell<u64>,
    running: Cell<bool>,
    warm_until: Cell<Instant>,
    from: RefCell<Option<Sample>>,
    to: RefCell<Option<Sample>>,
}

impl Meter {
    pub fn new(options: Options) -> Meter {
        Meter {
            options,
            done: Cell::new(0),
            look_at: Cell::new(0),
            running: Cell::new(true),
            warm_until: Cell::new(Instant::now()),
            from: RefCell::new(None),
            to: RefCell::new(None),
        }
    }

    /// Everything is connected and prepared.
    pub fn begin(&self) {
        self.warm_until.set(Instant::now() + self.options.warm_up);
    }

    /// Whether to send another statement.
    pub fn running(&self) -> bool {
        self.running.get()
    }

    /// An operation is done; `right`: its answer is what it has to be.
    pub fn count(&self, right: bool) {
        assert!(right, "a wrong answer");
        self.done.set(self.done.get() + 1);
        if self.done.get() >= self.look_at.get() && self.running() {
            self.look_at.set(self.done.get() + OPERATIONS_BETWEEN_LOOKS);
            self.look();
        }
    }

    /// Likewise, for what takes so long that the clock is looked at after each.
    pub fn count_long(&self, right: bool) {
        assert!(right, "a wrong answer");
        self.done.set(self.done.get() + 1);
        if self.running() {
            self.look();
        }
    }

    /// A row of table world has been read.
    pub fn count_world(&self, id: i32, random_number: i32) {
        self.count((1..=WORLD_ROWS).contains(&id) && (1..=WORLD_ROWS).contains(&random_number));
    }

    /// Prints the result as one line of JSON.
    pub fn report(&self, contender: &str, client: &str) {
        let (from, to) = (self.from.borrow(), self.to.borrow());
        let (from, to) = (from.as_ref().expect("a beginning"), to.as_ref().expect("an end"));
        println!(
            "{{\"contender\":\"{}\",\"client\":\"{}\",\"workload\":\"{}\",\"operations\":{},\"seconds\":{:.6},\
             \"user_seconds\":{:.6},\"system_seconds\":{:.6},\"peak_memory_kib\":{}}}",
            contender,
            client,
            self.options.workload,
            to.done - from.done,
            (to.time - from.time).as_secs_f64(),
            to.user - from.user,
            to.system - from.system,
            peak_memory_kib()
        );
    }

    fn look(&self) {
        let now = Instant::now();
        if now < self.warm_until.get() {
            return;
        }
        let began = self.from.borrow().as_ref().map(|sample| sample.time);
        match began {
            None => *self.from.borrow_mut() = Some(self.sample()),
            Some(began) if now - began >= self.options.seconds => {
                *self.to.borrow_mut() = Some(self.sample());
                self.running.set(false);
            }
            Some(_) => (),
        }
    }

    fn sample(&self) -> Sample {
        let usage = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &mut usage), 0);
            usage
        };
        let seconds = |time: libc::timeval| time.tv_sec as f64 + 1e-6 * time.tv_usec as f64;
        Sample { time: Instant::now(), user: seconds(usage.ru_utime), system: seconds(usage.ru_stime), done: self.done.get() }
    }
}

fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
