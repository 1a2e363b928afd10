// The frame in which a contender in Go runs: what meter.hpp is to those in C++.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// What a program returns for a workload that it has no form for.
const notOffered = 3

const operationsBetweenLooks = 16

// Options of the command line.
type Options struct {
	workload, dsn   string
	warmUp, seconds time.Duration
}

func parseOptions() Options {
	workload := flag.String("workload", "", "")
	dsn := flag.String("dsn", "", "")
	warmUp := flag.Float64("warm-up", 0.3, "")
	seconds := flag.Float64("seconds", 1, "")
	flag.Parse()
	duration := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	return Options{*workload, *dsn, duration(*warmUp), duration(*seconds)}
}

type sample struct {
	time  time.Time
	usage syscall.Rusage
	done  int64
}

// Meter counts operations, and measures what the client spends on those between the warm-up and the end. Any number of
// goroutines may use it.
type Meter struct {
	options      Options
	done, lookAt int64
	ended        int32

	mutex     sync.Mutex
	warmUntil time.Time
	warm      bool
	from, to  sample
}

// Begin is called when everything is connected and prepared.
func (m *Meter) Begin() { m.warmUntil = time.Now().Add(m.options.warmUp) }

// Running tells whether to send another statement.
func (m *Meter) Running() bool { return atomic.LoadInt32(&m.ended) == 0 }

// Count is called for each operation; right tells whether its answer is what it has to be.
func (m *Meter) Count(right bool) {
	require(right)
	if done := atomic.AddInt64(&m.done, 1); done >= atomic.LoadInt64(&m.lookAt) {
		m.look(done + operationsBetweenLooks)
	}
}

// CountLong is Count for what takes so long that the clock is looked at after each.
func (m *Meter) CountLong(right bool) {
	require(right)
	m.look(atomic.AddInt64(&m.done, 1))
}

// CountWorld is called for each row of table world.
func (m *Meter) CountWorld(id, randomNumber int32) {
	m.Count(id >= 1 && id <= worldRows && randomNumber >= 1 && randomNumber <= worldRows)
}

// Report prints the result as one line of JSON.
func (m *Meter) Report(contender, client string) {
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + 1e-6*float64(t.Usec) }
	line, err := json.Marshal(map[string]interface{}{
		"contender":       contender,
		"client":          client,
		"workload":        m.options.workload,
		"operations":      m.to.done - m.from.done,
		"seconds":         m.to.time.Sub(m.from.time).Seconds(),
		"user_seconds":    seconds(m.to.usage.Utime) - seconds(m.from.usage.Utime),
		"system_seconds":  seconds(m.to.usage.Stime) - seconds(m.from.usage.Stime),
		"peak_memory_kib": peakMemoryKiB(),
	})
	check(err)
	fmt.Println(string(line))
}

func (m *Meter) look(next int64) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	atomic.StoreInt64(&m.lookAt, next)
	now := time.Now()
	if !m.Running() || now.Before(m.warmUntil) {
		return
	}
	if !m.warm {
		m.warm = true
		m.from = m.sample()
	} else if now.Sub(m.from.time) >= m.options.seconds {
		m.to = m.sample()
		atomic.StoreInt32(&m.ended, 1)
	}
}

func (m *Meter) sample() sample {
	taken := sample{time: time.Now(), done: atomic.LoadInt64(&m.done)}
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &taken.usage))
	return taken
}

func peakMemoryKiB() int {
	status, err := os.ReadFile("/proc/self/status")
	check(err)
	peak, err := strconv.Atoi(string(regexp.MustCompile(`(?m)^VmHWM:\s*(\d+)`).FindSubmatch(status)[1]))
	check(err)
	return peak
}

func require(right bool) {
	if !right {
		check(fmt.Errorf("a wrong answer"))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgx:", err)
		os.Exit(1)
	}
}
