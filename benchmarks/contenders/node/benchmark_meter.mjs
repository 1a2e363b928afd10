// The frame in which a contender in JavaScript runs: what meter.hpp and workloads.hpp are to those in C++.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

export const selectWorld = 'select id, randomnumber from world where id = $1';
export const selectMeasurements =
    "select i as id, 'name-' || i as name, i * 1.5::float8 as value, now() as at from generate_series(1, 1000) i";
export const selectTypes =
    'select typname, typnamespace, typowner, typlen, typbyval, typcategory, typispreferred, typisdefined, typdelim, ' +
    'typrelid, typelem, typarray from pg_type where typtypmod = $1 and typisdefined = $2';
export const insertWorld = 'insert into inserted (id, randomnumber) values ($1, $2)';

const worldRows = 10_000;
const measurementRows = 1000;
const leastTypeRows = 100;
const copiedRows = 200_000;
export const insertsPerBatch = 1000;
export const selectsPerRequest = 20;
export const selectsPerBatch = 64;
export const tasks = 64; // of W2 and W3
export const typeConnections = 10; // of W5

const notOffered = 3; // what a program returns for a workload that it has no form for
const operationsBetweenLooks = 16;

/** The ids that every contender asks for (Marsaglia's xorshift). */
export function idSequence() {
    let state = 88_172_645;
    return () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return 1 + ((state >>> 0) % worldRows);
    };
}

/** The rows of a COPY in its text format, in blocks. Time stamps are text beforehand, as for others who send text. */
export function copyBlocks() {
    const blocks = [];
    let block = '';
    for (let i = 0; i < copiedRows; ++i) {
        const at = new Date(1_700_000_000_000 + i).toISOString();
        block += `${i}\trow number ${i}\t${i / 7}\t${at}\n`;
        if (block.length > 65_000) {
            blocks.push(block);
            block = '';
        }
    }
    blocks.push(block);
    return blocks;
}

/** Counts operations, and measures what the client spends on those between the warm-up and the end. */
class Meter {
    running = true;
    #done = 0;
    #lookAt = 0;
    #options;
    #warmUntil;
    #from;
    #to;

    constructor(options) {
        this.#options = options;
    }

    /** Everything is connected and prepared. */
    begin() {
        this.#warmUntil = performance.now() + 1000 * this.#options.warmUp;
    }

    countWorld(row) {
        if (!(row.id >= 1 && row.id <= worldRows && row.randomnumber >= 1 && row.randomnumber <= worldRows))
            throw new Error('a row that is not in table world');
        if (++this.#done >= this.#lookAt && this.running) {
            this.#lookAt = this.#done + operationsBetweenLooks;
            this.#look();
        }
    }

    countMeasurements(rows) {
        const [first, last] = [rows[0], rows.at(-1)];
        if (rows.length !== measurementRows || first.id !== 1 || last.name !== 'name-1000' || last.value !== 1500)
            throw new Error('rows were lost');
        this.countLong();
    }

    countTypes(rows) {
        if (rows.length < leastTypeRows || !rows.at(-1).typname || rows.at(-1).typisdefined !== true)
            throw new Error('rows were lost');
        this.countLong();
    }

    /** An operation after which the clock is looked at. */
    countLong() {
        ++this.#done;
        if (this.running) this.#look();
    }

    report(contender, client) {
        const operations = this.#to.done - this.#from.done;
        const peak = /^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1];
        console.log(
            JSON.stringify({
                contender,
                client,
                workload: this.#options.workload,
                operations,
                seconds: (this.#to.time - this.#from.time) / 1000,
                user_seconds: (this.#to.usage.user - this.#from.usage.user) / 1e6,
                system_seconds: (this.#to.usage.system - this.#from.usage.system) / 1e6,
                peak_memory_kib: Number(peak),
            }),
        );
    }

    #look() {
        const now = performance.now();
        if (now < this.#warmUntil) return;
        if (this.#from === undefined) this.#from = this.#sample();
        else if (now >= this.#from.time + 1000 * this.#options.seconds) {
            this.#to = this.#sample();
            this.running = false;
        }
    }

    #sample() {
        return { time: performance.now(), usage: process.cpuUsage(), done: this.#done };
    }
}

/** What libpq's URI says: user, database, and the socket's folder. */
function address(dsn) {
    const parameters = new URL(dsn.replace('@/', '@localhost/')).searchParams;
    return { host: parameters.get('host'), port: Number(parameters.get('port')), user: 'postgres', database: 'postgres' };
}

/** The main function of a contender: `workloads` are its functions `(address, meter)` by name. */
export async function runContender(contender, client, workloads) {
    const { values } = parseArgs({
        options: {
            workload: { type: 'string' },
            dsn: { type: 'string' },
            'warm-up': { type: 'string', default: '0.3' },
            seconds: { type: 'string', default: '1' },
        },
    });
    const run = workloads[values.workload];
    if (run === undefined) process.exit(notOffered);
    const meter = new Meter({
        workload: values.workload,
        warmUp: Number(values['warm-up']),
        seconds: Number(values.seconds),
    });
    await run(address(values.dsn), meter);
    meter.report(contender, client);
    process.exit(0);
}
