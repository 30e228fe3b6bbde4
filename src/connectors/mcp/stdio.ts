import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { SdkError, SdkErrorCode, parseJSONRPCMessage, serializeMessage } from '@modelcontextprotocol/client';
import type { Transport } from '@modelcontextprotocol/client';
import { parseJson } from '../../action/parse-json.ts';
import { limits } from '../../limits.ts';

/** What a connection can notice that no answer to a request would say. */
export type Fault = 'too-large' | 'broken-reply';

/** A child process that speaks MCP on its standard streams. */
export interface StdioSettings {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the child, but for what a program needs to be found and to run at all. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** The transport, and the last words of the child on standard error, for a person who looks for a cause. Untrusted. */
export interface StdioTransport extends Transport {
  complaints(): string;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

// Where programs are, and what Windows cannot start a process without. No HOME, no USER, no NODE_OPTIONS: nothing of ours.
const inherited = ['PATH', 'PATHEXT', 'SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'TEMP'];

function environment(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const minimum = inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]));
  return { ...Object.fromEntries(minimum), ...own };
}

/** Ends a child and whatever it started: they share a process group of their own. */
function kill(child: Child, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

/** Cuts a stream of bytes into lines. Returns false when a line grows beyond the limit. */
function lineCutter(take: (line: string) => void): (chunk: Buffer) => boolean {
  let parts: Buffer[] = [];
  let bytes = 0;
  return (chunk) => {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      if (bytes + end > limits.mcpLineBytesMax) return false;
      const line = Buffer.concat([...parts, rest.subarray(0, end)]).toString('utf8');
      [parts, bytes, rest] = [[], 0, rest.subarray(end + 1)];
      take(line);
    }
    if (rest.length > 0) parts.push(rest);
    bytes += rest.length;
    return bytes <= limits.mcpLineBytesMax;
  };
}

async function exited(child: Child, withinMs: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

async function stop(child: Child): Promise<void> {
  child.stdin.end();
  if (!(await exited(child, limits.mcpStopMs))) {
    kill(child, 'SIGTERM');
    if (!(await exited(child, limits.mcpStopMs))) kill(child, 'SIGKILL');
  }
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
}

/**
 * MCP over the standard streams of a child process. The SDK's own transport always passes on HOME, USER and the like, and
 * silently drops a line that is not JSON, so that a broken answer would look like a time-out; this one does neither.
 * Lines that do not even begin like JSON are a server's chatter and are ignored.
 */
export function stdioTransport(settings: StdioSettings, onFault: (fault: Fault) => void): StdioTransport {
  let child: Child | undefined;
  let complaints = '';

  const take = (line: string): void => {
    if (!/^\s*[{[]/.test(line)) return;
    try {
      transport.onmessage?.(parseJSONRPCMessage(parseJson(line)));
    } catch {
      onFault('broken-reply');
    }
  };

  const attend = (started: Child): void => {
    const cut = lineCutter(take);
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      if (child === started) child = undefined;
      transport.onclose?.();
    };
    started.stdout.on('data', (chunk: Buffer) => {
      if (over || cut(chunk)) return;
      // Not read to its end: what follows could be anything, so this child is given up at once.
      onFault('too-large');
      kill(started, 'SIGKILL');
      end();
    });
    started.stderr.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString('utf8')).slice(-limits.mcpStderrBytesMax);
    });
    // A write to a child that just died fails here; its `close` event follows and says so to everybody who waits.
    for (const stream of [started.stdin, started.stdout, started.stderr]) stream.on('error', () => undefined);
    // Dead, but its last words are still to be read: nothing more is sent, and who waits still waits.
    started.once('exit', () => {
      if (child === started) child = undefined;
    });
    started.once('close', end);
  };

  const transport: StdioTransport = {
    complaints: () => complaints,
    start: () =>
      new Promise((resolve, reject) => {
        const started = spawn(settings.command, [...settings.args], {
          cwd: settings.cwd,
          env: environment(settings.env),
          stdio: ['pipe', 'pipe', 'pipe'],
          detached: process.platform !== 'win32',
          windowsHide: true,
        });
        child = started;
        started.once('error', reject);
        started.once('spawn', () => resolve());
        attend(started);
      }),
    send: (message) =>
      new Promise((resolve, reject) => {
        if (child === undefined || !child.stdin.writable) {
          reject(new SdkError(SdkErrorCode.NotConnected, 'the server is not running'));
          return;
        }
        if (child.stdin.write(serializeMessage(message))) resolve();
        else child.stdin.once('drain', resolve);
      }),
    close: async () => {
      const started = child;
      child = undefined;
      if (started !== undefined) await stop(started);
    },
  };
  return transport;
}
