//! tokio-postgres on one thread: prepared statements, and futures that share connections, which it pipelines by itself.

mod meter;
mod workloads;

use std::future::Future;
use std::rc::Rc;

use futures_util::future::join_all;
use futures_util::pin_mut;
use tokio::task::LocalSet;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row, Statement};

use meter::{Meter, Options, NOT_OFFERED};
use workloads::*;

type Result<T> = std::result::Result<T, tokio_postgres::Error>;
type Parameter = dyn ToSql + Sync;

/// Connections of a pool that its callers share.
const POOL_SIZE: usize = 4;

async fn connect(dsn: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(dsn, NoTls).await?;
    tokio::spawn(async move { connection.await.expect("a connection") });
    Ok(client)
}

/// A connection with the workload's statement.
struct Prepared {
    client: Client,
    statement: Statement,
}

impl Prepared {
    async fn new(dsn: &str, sql: &str) -> Result<Prepared> {
        let client = connect(dsn).await?;
        let statement = client.prepare(sql).await?;
        Ok(Prepared { client, statement })
    }

    async fn query(&self, parameters: &[&Parameter]) -> Result<Vec<Row>> {
        self.client.query(&self.statement, parameters).await
    }

    async fn world(&self, id: i32) -> Result<(i32, i32)> {
        let row = self.client.query_one(&self.statement, &[&id]).await?;
        Ok((row.get(0), row.get(1)))
    }
}

/// Runs `task(connection)` on each of ten connections at once, again and again.
async fn on_ten_connections<F, Fut>(dsn: &str, sql: &str, meter: &Rc<Meter>, task: F) -> Result<()>
where
    F: Fn(Rc<Prepared>, Rc<Meter>) -> Fut + Copy + 'static,
    Fut: Future<Output = Result<()>>,
{
    let mut connections = vec![];
    for _ in 0..TEN_CONNECTIONS {
        connections.push(Rc::new(Prepared::new(dsn, sql).await?));
    }
    meter.begin();
    let tasks = LocalSet::new();
    for connection in connections {
        let meter = meter.clone();
        tasks.spawn_local(async move {
            while meter.running() {
                task(connection.clone(), meter.clone()).await.expect("an answer");
            }
        });
    }
    tasks.await;
    Ok(())
}

async fn point_selects(dsn: &str, meter: &Rc<Meter>) -> Result<()> {
    let connection = Prepared::new(dsn, SELECT_WORLD).await?;
    let ids = IdSequence::new();
    meter.begin();
    while meter.running() {
        let (id, random_number) = connection.world(ids.next()).await?;
        meter.count_world(id, random_number);
    }
    Ok(())
}

/// Many tasks share few connections.
async fn shared_selects(dsn: &str, meter: &Rc<Meter>, tasks: usize, connections: usize) -> Result<()> {
    let ids = Rc::new(IdSequence::new());
    let mut pool = vec![];
    for _ in 0..connections {
        pool.push(Rc::new(Prepared::new(dsn, SELECT_WORLD).await?));
    }
    meter.begin();
    let running = LocalSet::new();
    for i in 0..tasks {
        let (connection, ids, meter) = (pool[i % connections].clone(), ids.clone(), meter.clone());
        running.spawn_local(async move {
            while meter.running() {
                let (id, random_number) = connection.world(ids.next()).await.expect("an answer");
                meter.count_world(id, random_number);
            }
        });
    }
    running.await;
    Ok(())
}

/// Several at once on one connection.
/// Each statement has a Sync of its own.
async fn requests(dsn: &str, meter: &Rc<Meter>, selects: usize) -> Result<()> {
    let connection = Prepared::new(dsn, SELECT_WORLD).await?;
    let ids = IdSequence::new();
    meter.begin();
    while meter.running() {
        for answer in join_all((0..selects).map(|_| connection.world(ids.next()))).await {
            let (id, random_number) = answer?;
            meter.count_world(id, random_number);
        }
    }
    Ok(())
}

fn read_measurements(rows: &[Row]) -> Vec<Measurement> {
    let read = |row: &Row| Measurement { id: row.get(0), name: row.get(1), value: row.get(2), at: row.get(3) };
    rows.iter().map(read).collect()
}

async fn measurements(dsn: &str, meter: &Rc<Meter>) -> Result<()> {
    let connection = Prepared::new(dsn, SELECT_MEASUREMENTS).await?;
    meter.begin();
    while meter.running() {
        let all = read_measurements(&connection.query(&[]).await?);
        let last = &all[all.len() - 1];
        meter.count(all.len() == MEASUREMENT_ROWS && all[0].id == 1 && last.name == "name-1000" && last.value == 1500.0);
    }
    Ok(())
}

async fn many_measurements(dsn: &str, meter: &Rc<Meter>, count: i32) -> Result<()> {
    let connection = Prepared::new(dsn, SELECT_MANY_MEASUREMENTS).await?;
    meter.begin();
    while meter.running() {
        let all = read_measurements(&connection.query(&[&count]).await?);
        let right = all.len() == count as usize && all[all.len() - 1].id == count;
        if all.len() < MEASUREMENT_ROWS {
            meter.count(right);
        } else {
            meter.count_long(right);
        }
    }
    Ok(())
}

async fn types(connection: Rc<Prepared>, meter: Rc<Meter>) -> Result<()> {
    let read = |row: &Row| TypeRow {
        name: row.get(0),
        namespace: row.get(1),
        owner: row.get(2),
        length: row.get(3),
        by_value: row.get(4),
        category: row.get(5),
        preferred: row.get(6),
        defined: row.get(7),
        delimiter: row.get(8),
        relation: row.get(9),
        element: row.get(10),
        array: row.get(11),
    };
    let all: Vec<TypeRow> = connection.query(&[&-1i32, &true]).await?.iter().map(read).collect();
    let last = &all[all.len() - 1];
    meter.count(all.len() >= LEAST_TYPE_ROWS && !last.name.is_empty() && last.defined);
    Ok(())
}

async fn copies(dsn: &str, meter: &Rc<Meter>) -> Result<()> {
    let client = connect(dsn).await?;
    let rows = rows_to_copy();
    let types = [Type::INT8, Type::TEXT, Type::FLOAT8, Type::TIMESTAMPTZ];
    meter.begin();
    while meter.running() {
        client.batch_execute("truncate copytest").await?;
        let writer = BinaryCopyInWriter::new(client.copy_in(COPY_ROWS).await?, &types);
        pin_mut!(writer);
        for (id, a, b, ts) in &rows {
            writer.as_mut().write(&[id, a, b, ts]).await?;
        }
        meter.count_long(writer.finish().await? == COPIED_ROWS);
    }
    Ok(())
}

/// It has no batches: a transaction, whose inserts are sent before the first is answered.
async fn insert_batch(client: &Client, insert: &Statement, ids: &IdSequence, meter: &Meter) -> Result<()> {
    let rows: Vec<(i32, i32)> = (0..INSERTS_PER_BATCH).map(|_| (ids.next(), ids.next())).collect();
    let parameters: Vec<[&Parameter; 2]> = rows.iter().map(|row| [&row.0 as &Parameter, &row.1]).collect();
    client.batch_execute("begin").await?;
    let mut inserted = 0;
    for answer in join_all(parameters.iter().map(|row| client.execute(insert, row))).await {
        inserted += answer?;
    }
    client.batch_execute("commit").await?;
    meter.count_long(inserted == INSERTS_PER_BATCH as u64);
    Ok(())
}

async fn inserts(dsn: &str, meter: &Rc<Meter>) -> Result<()> {
    let connection = Prepared::new(dsn, INSERT_WORLD).await?;
    let ids = IdSequence::new();
    meter.begin();
    while meter.running() {
        insert_batch(&connection.client, &connection.statement, &ids, meter).await?;
    }
    Ok(())
}

async fn series(connection: Rc<Prepared>, meter: Rc<Meter>) -> Result<()> {
    let all: Vec<i32> = connection.query(&[&SERIES_LENGTH]).await?.iter().map(|row| row.get(0)).collect();
    meter.count(all.len() == SERIES_LENGTH as usize && all[all.len() - 1] == SERIES_LENGTH);
    Ok(())
}

/// The bytes are looked at where they are in the row.
async fn blobs(connection: Rc<Prepared>, meter: Rc<Meter>) -> Result<()> {
    let bytes: usize = connection.query(&[]).await?.iter().map(|row| row.get::<_, &[u8]>(0).len()).sum();
    meter.count(bytes == BLOB_BYTES);
    Ok(())
}

async fn arrays(connection: Rc<Prepared>, meter: Rc<Meter>) -> Result<()> {
    let all: Vec<Vec<i32>> = connection.query(&[]).await?.iter().map(|row| row.get(0)).collect();
    let last = &all[all.len() - 1];
    meter.count(all.len() == ARRAY_ROWS && last.len() == ARRAY_LENGTH && last[ARRAY_LENGTH - 1] == ARRAY_LENGTH as i32);
    Ok(())
}

async fn wide_copies(dsn: &str, meter: &Rc<Meter>) -> Result<()> {
    let rows = Rc::new(wide_rows_to_copy());
    let mut clients = vec![];
    for _ in 0..TEN_CONNECTIONS {
        clients.push(connect(dsn).await?);
    }
    meter.begin();
    let tasks = LocalSet::new();
    for client in clients {
        let (rows, meter) = (rows.clone(), meter.clone());
        tasks.spawn_local(async move {
            while meter.running() {
                meter.count_long(copy_wide_rows(&client, &rows).await.expect("an answer") == WIDE_ROWS);
            }
        });
    }
    tasks.await;
    Ok(())
}

async fn copy_wide_rows(client: &Client, rows: &[WideRow]) -> Result<u64> {
    let types = [Type::INT4, Type::INT8, Type::FLOAT8, Type::BOOL, Type::TEXT, Type::TEXT, Type::TIMESTAMPTZ];
    let writer = BinaryCopyInWriter::new(client.copy_in(COPY_WIDE_ROWS).await?, &types);
    pin_mut!(writer);
    for row in rows {
        writer.as_mut().write(&[&row.a, &row.b, &row.c, &row.d, &row.e, &row.f, &row.g]).await?;
    }
    writer.finish().await
}

async fn batch_on_each(connection: Rc<Prepared>, meter: Rc<Meter>) -> Result<()> {
    insert_batch(&connection.client, &connection.statement, &IdSequence::new(), &meter).await
}

async fn sum(connection: Rc<Prepared>, meter: Rc<Meter>) -> Result<()> {
    let row = connection.client.query_one(&connection.statement, &[]).await?;
    meter.count(row.get::<_, i32>(0) == 2);
    Ok(())
}

async fn sum_of_parameters(dsn: &str, meter: &Rc<Meter>, count: i32) -> Result<()> {
    let connection = Prepared::new(dsn, &select_sum_of_parameters(count)).await?;
    let values: Vec<i32> = (1..=count).collect();
    meter.begin();
    while meter.running() {
        let parameters: Vec<&Parameter> = values.iter().map(|value| value as &Parameter).collect();
        let row = connection.client.query_one(&connection.statement, &parameters).await?;
        meter.count(row.get::<_, i32>(0) == count * (count + 1) / 2);
    }
    Ok(())
}

async fn run(name: &str, dsn: &str, meter: &Rc<Meter>) -> Result<()> {
    let (family, variant) = name.split_once('-').unwrap_or((name, ""));
    let size: i32 = variant.parse().unwrap_or(0);
    match family {
        "W1" => point_selects(dsn, meter).await,
        "W2" => shared_selects(dsn, meter, TASKS, POOL_SIZE).await,
        "W3" if variant == "batch" => requests(dsn, meter, SELECTS_PER_BATCH).await,
        "W3" => shared_selects(dsn, meter, TASKS, 1).await,
        "W4" => measurements(dsn, meter).await,
        "W5" | "M1" => on_ten_connections(dsn, SELECT_TYPES, meter, types).await,
        "W6" => copies(dsn, meter).await,
        "W7" => inserts(dsn, meter).await,
        "W8" => requests(dsn, meter, SELECTS_PER_REQUEST).await,
        "M2" => on_ten_connections(dsn, SELECT_SERIES, meter, series).await,
        "M3" => on_ten_connections(dsn, SELECT_BLOBS, meter, blobs).await,
        "M4" => on_ten_connections(dsn, SELECT_ARRAYS, meter, arrays).await,
        "M5" => wide_copies(dsn, meter).await,
        "M6" => on_ten_connections(dsn, INSERT_WORLD, meter, batch_on_each).await,
        "M7" => on_ten_connections(dsn, SELECT_SUM, meter, sum).await,
        "tasks" => shared_selects(dsn, meter, size as usize, POOL_SIZE).await,
        "connections" => shared_selects(dsn, meter, TASKS_OF_CONNECTIONS, size as usize).await,
        "rows" => many_measurements(dsn, meter, size).await,
        "parameters" => sum_of_parameters(dsn, meter, size).await,
        _ => std::process::exit(NOT_OFFERED),
    }
}

fn main() {
    let options = Options::parse();
    let (name, dsn) = (options.workload.clone(), options.dsn.clone());
    let meter = Rc::new(Meter::new(options));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if let Err(failure) = LocalSet::new().block_on(&runtime, run(&name, &dsn, &meter)) {
        eprintln!("tokio-postgres: {}", failure);
        std::process::exit(1);
    }
    meter.report("tokio-postgres", concat!("tokio-postgres ", env!("TOKIO_POSTGRES_VERSION")));
}
