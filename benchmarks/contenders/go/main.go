// pgx: prepared statements, its pool where there are many tasks, its batches where several statements are wanted at once.
package main

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

const (
	poolSize  = 16
	statement = "benchmarked"
)

var ctx = context.Background()

// A connection on which a workload's statement is prepared.
func connect(dsn, sql string) *pgx.Conn {
	connection, err := pgx.Connect(ctx, dsn)
	check(err)
	if sql != "" {
		_, err = connection.Prepare(ctx, statement, sql)
		check(err)
	}
	return connection
}

func connectPool(dsn string, connections int, sql string) *pgxpool.Pool {
	config, err := pgxpool.ParseConfig(dsn)
	check(err)
	config.MaxConns = int32(connections)
	config.MinConns = int32(connections)
	config.AfterConnect = func(ctx context.Context, connection *pgx.Conn) error {
		_, err := connection.Prepare(ctx, statement, sql)
		return err
	}
	pool, err := pgxpool.ConnectConfig(ctx, config)
	check(err)
	return pool
}

// Runs a task in each of several goroutines until all are over.
func inParallel(count int, task func(int)) {
	var running sync.WaitGroup
	running.Add(count)
	for i := 0; i < count; i++ {
		go func(i int) {
			defer running.Done()
			task(i)
		}(i)
	}
	running.Wait()
}

// Runs a task on each of ten connections.
func onEachConnection(dsn, sql string, m *Meter, task func(*pgx.Conn)) {
	connections := make([]*pgx.Conn, typeConnections)
	for i := range connections {
		connections[i] = connect(dsn, sql)
	}
	m.Begin()
	inParallel(len(connections), func(i int) {
		for m.Running() {
			task(connections[i])
		}
	})
}

func pointSelects(dsn string, m *Meter) {
	connection := connect(dsn, selectWorld)
	ids := newIDs()
	m.Begin()
	for m.Running() {
		var id, randomNumber int32
		check(connection.QueryRow(ctx, statement, ids.next()).Scan(&id, &randomNumber))
		m.CountWorld(id, randomNumber)
	}
}

func pooledSelects(dsn string, m *Meter, tasks, connections int) {
	pool := connectPool(dsn, connections, selectWorld)
	m.Begin()
	inParallel(tasks, func(int) {
		ids := newIDs()
		for m.Running() {
			var id, randomNumber int32
			check(pool.QueryRow(ctx, statement, ids.next()).Scan(&id, &randomNumber))
			m.CountWorld(id, randomNumber)
		}
	})
}

// Its batches have one Sync for all of their statements.
func batchedSelects(dsn string, m *Meter, together int) {
	connection := connect(dsn, selectWorld)
	ids := newIDs()
	m.Begin()
	for m.Running() {
		batch := &pgx.Batch{}
		for i := 0; i < together; i++ {
			batch.Queue(statement, ids.next())
		}
		results := connection.SendBatch(ctx, batch)
		for i := 0; i < together; i++ {
			var id, randomNumber int32
			check(results.QueryRow().Scan(&id, &randomNumber))
			m.CountWorld(id, randomNumber)
		}
		check(results.Close())
	}
}

func readMeasurements(rows pgx.Rows, err error, expected int) []measurement {
	check(err)
	all := make([]measurement, 0, expected)
	for rows.Next() {
		var row measurement
		check(rows.Scan(&row.id, &row.name, &row.value, &row.at))
		all = append(all, row)
	}
	check(rows.Err())
	return all
}

func measurements(dsn string, m *Meter) {
	connection := connect(dsn, selectMeasurements)
	m.Begin()
	for m.Running() {
		rows, err := connection.Query(ctx, statement)
		all := readMeasurements(rows, err, measurementRows)
		last := all[len(all)-1]
		m.Count(len(all) == measurementRows && all[0].id == 1 && last.name == "name-1000" && last.value == 1500)
	}
}

func manyMeasurements(dsn string, m *Meter, count int) {
	connection := connect(dsn, selectManyMeasurements)
	m.Begin()
	for m.Running() {
		rows, err := connection.Query(ctx, statement, int32(count))
		all := readMeasurements(rows, err, count)
		right := len(all) == count && all[count-1].id == int32(count)
		if count < measurementRows {
			m.Count(right)
		} else {
			m.CountLong(right)
		}
	}
}

func types(dsn string, m *Meter) {
	onEachConnection(dsn, selectTypes, m, func(connection *pgx.Conn) {
		rows, err := connection.Query(ctx, statement, int32(-1), true)
		check(err)
		all := make([]typeRow, 0, 1000)
		for rows.Next() {
			var row typeRow
			check(rows.Scan(&row.name, &row.namespace, &row.owner, &row.length, &row.byValue, &row.category, &row.preferred,
				&row.defined, &row.delimiter, &row.relation, &row.element, &row.arrayOID))
			all = append(all, row)
		}
		check(rows.Err())
		m.Count(len(all) >= leastTypeRows && all[len(all)-1].name != "" && all[len(all)-1].defined)
	})
}

func copies(dsn string, m *Meter) {
	connection := connect(dsn, "")
	rows := rowsToCopy()
	m.Begin()
	for m.Running() {
		_, err := connection.Exec(ctx, "truncate copytest")
		check(err)
		copied, err := connection.CopyFrom(ctx, pgx.Identifier{"copytest"}, copyColumns, pgx.CopyFromRows(rows))
		check(err)
		m.CountLong(copied == copiedRows)
	}
}

func insertBatch(connection *pgx.Conn, ids *idSequence, m *Meter) {
	batch := &pgx.Batch{}
	for i := 0; i < insertsPerBatch; i++ {
		batch.Queue(statement, ids.next(), ids.next())
	}
	results := connection.SendBatch(ctx, batch)
	var inserted int64
	for i := 0; i < insertsPerBatch; i++ {
		tag, err := results.Exec()
		check(err)
		inserted += tag.RowsAffected()
	}
	check(results.Close())
	m.CountLong(inserted == insertsPerBatch)
}

func inserts(dsn string, m *Meter) {
	connection := connect(dsn, insertWorld)
	ids := newIDs()
	m.Begin()
	for m.Running() {
		insertBatch(connection, ids, m)
	}
}

func series(dsn string, m *Meter) {
	onEachConnection(dsn, selectSeries, m, func(connection *pgx.Conn) {
		rows, err := connection.Query(ctx, statement, int32(seriesLength))
		check(err)
		all := make([]int32, 0, seriesLength)
		for rows.Next() {
			var number int32
			check(rows.Scan(&number))
			all = append(all, number)
		}
		check(rows.Err())
		m.Count(len(all) == seriesLength && all[seriesLength-1] == seriesLength)
	})
}

// The bytes are looked at where they are in the connection's buffer.
func blobs(dsn string, m *Meter) {
	onEachConnection(dsn, selectBlobs, m, func(connection *pgx.Conn) {
		rows, err := connection.Query(ctx, statement)
		check(err)
		bytes := 0
		for rows.Next() {
			bytes += len(rows.RawValues()[0])
		}
		check(rows.Err())
		m.Count(bytes == blobRows*blobSize)
	})
}

func arrays(dsn string, m *Meter) {
	onEachConnection(dsn, selectArrays, m, func(connection *pgx.Conn) {
		rows, err := connection.Query(ctx, statement)
		check(err)
		all := make([][]int32, 0, arrayRows)
		for rows.Next() {
			var array []int32
			check(rows.Scan(&array))
			all = append(all, array)
		}
		check(rows.Err())
		last := all[len(all)-1]
		m.Count(len(all) == arrayRows && len(last) == arrayLength && last[arrayLength-1] == arrayLength)
	})
}

func wideCopies(dsn string, m *Meter) {
	data := wideRowsToCopy()
	onEachConnection(dsn, "", m, func(connection *pgx.Conn) {
		copied, err := connection.CopyFrom(ctx, pgx.Identifier{"copied_wide"}, wideColumns, pgx.CopyFromRows(data))
		check(err)
		m.CountLong(copied == wideRows)
	})
}

func batchesOnEach(dsn string, m *Meter) {
	onEachConnection(dsn, insertWorld, m, func(connection *pgx.Conn) { insertBatch(connection, newIDs(), m) })
}

func sum(dsn string, m *Meter) {
	onEachConnection(dsn, selectSum, m, func(connection *pgx.Conn) {
		var two int32
		check(connection.QueryRow(ctx, statement).Scan(&two))
		m.Count(two == 2)
	})
}

func sumOfParameters(dsn string, m *Meter, count int) {
	sql, values, expected := selectSumOfParameters(count)
	connection := connect(dsn, sql)
	m.Begin()
	for m.Running() {
		var sum int32
		check(connection.QueryRow(ctx, statement, values...).Scan(&sum))
		m.Count(sum == expected)
	}
}

// The workload's function; nil if it is not offered.
func workloadOf(name string) func(string, *Meter) {
	family, variant, _ := strings.Cut(name, "-")
	size, _ := strconv.Atoi(variant)
	switch family {
	case "W1":
		return pointSelects
	case "W2":
		return func(dsn string, m *Meter) { pooledSelects(dsn, m, tasks, poolSize) }
	case "W3":
		if variant == "batch" {
			return func(dsn string, m *Meter) { batchedSelects(dsn, m, selectsPerBatch) }
		}
	case "W4":
		return measurements
	case "W5", "M1":
		return types
	case "W6":
		return copies
	case "W7":
		return inserts
	case "W8":
		return func(dsn string, m *Meter) { batchedSelects(dsn, m, selectsPerRequest) }
	case "M2":
		return series
	case "M3":
		return blobs
	case "M4":
		return arrays
	case "M5":
		return wideCopies
	case "M6":
		return batchesOnEach
	case "M7":
		return sum
	case "tasks":
		return func(dsn string, m *Meter) { pooledSelects(dsn, m, size, poolSize) }
	case "connections":
		return func(dsn string, m *Meter) { pooledSelects(dsn, m, tasksOfConnections, size) }
	case "rows":
		return func(dsn string, m *Meter) { manyMeasurements(dsn, m, size) }
	case "parameters":
		return func(dsn string, m *Meter) { sumOfParameters(dsn, m, size) }
	}
	return nil
}

func main() {
	options := parseOptions()
	run := workloadOf(options.workload)
	if run == nil {
		os.Exit(notOffered)
	}
	m := &Meter{options: options}
	run(options.dsn, m)
	m.Report("pgx", client)
}
