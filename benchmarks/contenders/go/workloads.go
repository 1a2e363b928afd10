// What the workloads ask for: what workloads.hpp is to contenders in C++.
package main

import (
	"fmt"
	"strings"
	"time"
)

const (
	selectWorld        = "select id, randomnumber from world where id = $1"
	selectMeasurements = "select i as id, 'name-' || i as name, i * 1.5::float8 as value, now() as at from generate_series(1, 1000) i"
	selectTypes        = "select typname, typnamespace, typowner, typlen, typbyval, typcategory, typispreferred, typisdefined, typdelim, " +
		"typrelid, typelem, typarray from pg_type where typtypmod = $1 and typisdefined = $2"
	insertWorld            = "insert into inserted (id, randomnumber) values ($1, $2)"
	selectSeries           = "select i from generate_series(1, $1) as i"
	selectBlobs            = "select b from blobs"
	selectArrays           = "select a from int_arrays"
	selectSum              = "select 1 + 1"
	selectManyMeasurements = "select i as id, 'name-' || i as name, i * 1.5::float8 as value, now() as at from generate_series(1, $1) i"

	worldRows          = 10_000
	measurementRows    = 1000
	leastTypeRows      = 100
	copiedRows         = 200_000
	insertsPerBatch    = 1000
	selectsPerRequest  = 20
	selectsPerBatch    = 64
	tasks              = 64  // of W2
	typeConnections    = 10  // of W5 and M1 to M7
	tasksOfConnections = 256 // of connections-N
	seriesLength       = 1000
	blobRows           = 100
	blobSize           = 1024
	arrayRows          = 100
	arrayLength        = 100
	wideRows           = 10_000
)

var (
	copyColumns = []string{"id", "a", "b", "ts"}
	wideColumns = []string{"a", "b", "c", "d", "e", "f", "g"}
)

type measurement struct {
	id    int32
	name  string
	value float64
	at    time.Time
}

type typeRow struct {
	name                        string
	namespace, owner            uint32
	length                      int16
	byValue                     bool
	category                    byte
	preferred, defined          bool
	delimiter                   byte
	relation, element, arrayOID uint32
}

// The ids that every contender asks for (Marsaglia's xorshift).
type idSequence uint32

func newIDs() *idSequence {
	ids := idSequence(88_172_645)
	return &ids
}

func (ids *idSequence) next() int32 {
	*ids ^= *ids << 13
	*ids ^= *ids >> 17
	*ids ^= *ids << 5
	return 1 + int32(*ids%worldRows)
}

var firstTime = time.Unix(1_700_000_000, 0)

func rowsToCopy() [][]interface{} {
	rows := make([][]interface{}, copiedRows)
	for i := range rows {
		at := firstTime.Add(time.Duration(i) * time.Millisecond)
		rows[i] = []interface{}{int64(i), fmt.Sprint("row number ", i), float64(i) / 7, at}
	}
	return rows
}

func wideRowsToCopy() [][]interface{} {
	rows := make([][]interface{}, wideRows)
	for i := range rows {
		rows[i] = []interface{}{int32(i), int64(i) * 1_000_003, float64(i) / 7, i%2 == 0, fmt.Sprint("name ", i),
			fmt.Sprint("a longer text, such as a description, of row ", i), firstTime.Add(time.Duration(i) * time.Millisecond)}
	}
	return rows
}

func selectSumOfParameters(count int) (string, []interface{}, int32) {
	terms := make([]string, count)
	values := make([]interface{}, count)
	for i := range terms {
		terms[i] = fmt.Sprintf("$%d::int4", i+1)
		values[i] = int32(i + 1)
	}
	return "select " + strings.Join(terms, " + "), values, int32(count * (count + 1) / 2)
}
