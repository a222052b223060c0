import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createConnection, type Connection } from 'mysql2/promise';

/**
 * A desk of its own for a file of tests: database, API, worker.
 *
 * `./dev test` starts the servers and says in DESKWIRE_TEST_DATABASE_URL and DESKWIRE_TEST_REDIS_URL where they are.
 */
export type Desk = {
  url: string;
  /** Runs the program, such as `desk.run('demo')`; gives what it printed. */
  run: (...args: string[]) => Promise<string>;
  /** The API process goes away without a word, and comes back at the same address. */
  kill: () => Promise<void>;
  restart: () => Promise<void>;
  /** Runs a statement on the desk's database. */
  sql: (statement: string, values?: (string | number)[]) => Promise<unknown>;
  stop: () => Promise<void>;
};

export type DeskOptions = {
  /** Fill it with the demo's people, queues and tickets. */
  demo?: boolean;
  /** Train on the demo's tickets and suggest for new ones. */
  suggestions?: boolean;
  /** Do trainings that are asked for; goes with `suggestions`. */
  training?: boolean;
};

/** Everybody's on the demo desk. */
export const PASSWORD = 'deskwire-demo';

const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target', import.meta.url));
const program = join(target, 'debug', 'deskwire');
const learner = join(target, 'debug', 'deskwire-ml');
const READY_MS = 30_000;

let desks = 0;

export async function startDesk({
  demo = true,
  suggestions = false,
  training = false,
}: DeskOptions = {}): Promise<Desk> {
  const server = required('DESKWIRE_TEST_DATABASE_URL');
  const redis = required('DESKWIRE_TEST_REDIS_URL');
  const name = `deskwire_test_console_${process.pid}_${++desks}`;
  const admin = await connect(server, null);
  await admin.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
  await admin.end();
  const database = new URL(server);
  database.pathname = `/${name}`;
  const models = mkdtempSync(join(tmpdir(), 'deskwire-e2e-'));
  const env = {
    ...process.env,
    DESKWIRE_DATABASE_URL: database.href,
    DESKWIRE_REDIS_URL: redis,
    DESKWIRE_CHANNEL: name,
    DESKWIRE_MODELS: models,
    RUST_LOG: 'info',
    NO_COLOR: '1',
  };
  const run = (...args: string[]) => output(program, args, env);
  await run('migrate');
  if (demo) await run('demo');
  const sql = await connect(server, name);

  const background: ChildProcess[] = [];
  const listen = { at: '127.0.0.1:0' };
  let api = await serve(listen.at, env);
  listen.at = new URL(api.url).host;
  background.push(quiet(program, ['worker'], env));
  if (suggestions) {
    await output(learner, ['train'], env);
    background.push(quiet(learner, ['worker', ...(training ? [] : ['--no-training'])], env));
  }
  return {
    url: api.url,
    run,
    kill: () => end(api.child, 'SIGKILL'),
    restart: async () => {
      api = await serve(listen.at, env);
    },
    sql: async (statement, values) => (await sql.execute(statement, values ?? []))[0],
    stop: async () => {
      await Promise.all([api.child, ...background].map((child) => end(child, 'SIGTERM')));
      await sql.query(`DROP DATABASE ${name}`);
      await sql.end();
      rmSync(models, { recursive: true, force: true });
    },
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. Run these tests with: ./dev test console`);
  return value;
}

async function connect(server: string, database: string | null): Promise<Connection> {
  const url = new URL(server);
  const socket = url.searchParams.get('socket');
  return createConnection({
    ...(socket ? { socketPath: socket } : { host: url.hostname, port: Number(url.port || 3306) }),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    ...(database ? { database } : {}),
  });
}

async function serve(listen: string, env: NodeJS.ProcessEnv): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(program, ['serve', '--listen', listen], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const lines = createInterface({ input: child.stderr });
  const said: string[] = [];
  const address = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`The desk did not start:\n${said.join('\n')}`)),
      READY_MS,
    );
    child.once('exit', () => reject(new Error(`The desk ended by itself:\n${said.join('\n')}`)));
    lines.on('line', (line) => {
      said.push(line);
      const found = /serving;.*address=(\S+)/.exec(line)?.[1];
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
  return { child, url: `http://${address}` };
}

/** A program in the background, whose messages nobody reads. */
function quiet(command: string, args: string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(command, args, { env, stdio: 'ignore' });
}

function output(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(text);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${errors}`));
    });
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
