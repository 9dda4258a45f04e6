// One client of Node against the built server, over each transport that it has: listing, reading, writing and failing.
//
// Usage: node matrix.mjs CLIENT BINARY HTTP_ADDRESS KEY_ADDRESS TOOLS. Prints a line a cell of docs/clients.md:
// `cell: CLIENT | TRANSPORT | works`.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const [which, binary, address, keyAddress, expected] = process.argv.slice(2);
const KEY = 'acc_00000000-0000-4000-8000-000000000001';
const ABSENT = 'con_00000000-0000-4000-8000-00000000dead';
const START = ['serve', '--env', 'local', '--log', 'error'];
const here = dirname(fileURLToPath(import.meta.url));
const installed = (name) => JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version;
const program = (name) => join(here, 'node_modules', '.bin', name);

// `call` gives the text of an answer and whether it is an error of the tool.
async function exercise(names, call) {
  assert.equal(names.length, Number(expected), names.join(' '));
  const list = await call('list_contacts', { limit: 40 });
  assert.ok(!list.isError, list.text);
  const contact_id = list.text.match(/^con_[0-9a-f-]+/gm)[Number(process.env.INTEROP_CONTACT)];
  const remark = `interoperability ${process.pid} ${Math.random()}`;
  const written = await call('update_contact', { contact_id, set: [{ field: 'remark', value: remark }] });
  assert.ok(!written.isError && written.text.includes(remark), written.text);
  const read = await call('get_contact', { contact_id });
  assert.ok(!read.isError && read.text.includes(remark), read.text);
  const absent = await call('get_contact', { contact_id: ABSENT });
  assert.ok(absent.isError && absent.text.includes('con_00000000'), absent.text);
}

const told = (result) => ({ text: result.content[0].text, isError: Boolean(result.isError) });

async function session(client, transport, extra = {}) {
  await client.connect(transport);
  try {
    const { tools } = await client.listTools();
    const call = async (name, args) => told(await client.callTool({ name, arguments: { ...args, ...extra } }));
    await exercise(tools.map((tool) => tool.name), call);
  } finally {
    await client.close();
  }
}

// The SDK before it was split, which most clients are built on.
async function sdk1() {
  const require = createRequire(import.meta.url);
  const load = (path) => import(require.resolve(`@modelcontextprotocol/sdk/client/${path}.js`));
  const [{ Client }, { StdioClientTransport }, { StreamableHTTPClientTransport }, { SSEClientTransport }] = await Promise.all(
    ['index', 'stdio', 'streamableHttp', 'sse'].map(load),
  );
  return { client: (name = 'interoperability') => new Client({ name, version: '1.0.0' }), StdioClientTransport, StreamableHTTPClientTransport, SSEClientTransport };
}

async function throughStdio(command, args) {
  const { client, StdioClientTransport } = await sdk1();
  await session(client(), new StdioClientTransport({ command, args, stderr: 'ignore' }));
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// Runs a gateway that offers our stdio over HTTP, until what is tried with it is done.
async function behind(args, port, tried) {
  const gateway = spawn(program('supergateway'), [...args, '--port', String(port), '--logLevel', 'none'], { stdio: 'ignore' });
  try {
    for (let left = 100; left > 0; left -= 1) {
      try {
        await fetch(`http://127.0.0.1:${port}/`);
        break;
      } catch {
        await sleep(100);
      }
    }
    await tried();
  } finally {
    gateway.kill('SIGTERM');
  }
}

async function aiSdk(name, stdioPath) {
  const module = await import(name);
  const create = module.createMCPClient ?? module.experimental_createMCPClient;
  const { Experimental_StdioMCPTransport } = await import(stdioPath);
  const over = (transport) => async () => {
    const client = await create({ transport: transport() });
    try {
      const tools = await client.tools();
      const call = async (tool, args) => {
        const result = await tools[tool].execute(args, { toolCallId: '1', messages: [] });
        return told(result);
      };
      await exercise(Object.keys(tools), call);
    } finally {
      await client.close();
    }
  };
  return {
    stdio: over(() => new Experimental_StdioMCPTransport({ command: binary, args: START })),
    'Streamable HTTP': over(() => ({ type: 'http', url: `http://${address}/mcp` })),
    'HTTP+SSE': over(() => ({ type: 'sse', url: `http://${address}/sse` })),
  };
}

const inspector = (...target) => async () => {
  const run = async (args) => {
    const command = [program('mcp-inspector'), '--cli', ...target, ...args];
    try {
      const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: 60_000 });
      return JSON.parse(stdout);
    } catch (error) {
      // It ends with an error code where the tool answers an error, after it has printed the answer.
      if (error.stdout) return JSON.parse(error.stdout);
      throw error;
    }
  };
  const { tools } = await run(['--method', 'tools/list']);
  const word = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  const call = async (name, args) => {
    const words = Object.entries(args).flatMap(([key, value]) => ['--tool-arg', `${key}=${word(value)}`]);
    return told(await run(['--method', 'tools/call', '--tool-name', name, ...words]));
  };
  await exercise(tools.map((tool) => tool.name), call);
};

const clients = {
  'sdk-1': async () => {
    const { client, StdioClientTransport, StreamableHTTPClientTransport, SSEClientTransport } = await sdk1();
    return [`TypeScript SDK (\`@modelcontextprotocol/sdk\`) ${installed('@modelcontextprotocol/sdk')}`, {
      stdio: () => session(client(), new StdioClientTransport({ command: binary, args: START })),
      'Streamable HTTP': () => session(client(), new StreamableHTTPClientTransport(new URL(`http://${address}/mcp`))),
      'HTTP+SSE': () => session(client(), new SSEClientTransport(new URL(`http://${address}/sse`))),
    }];
  },
  'sdk-2': async () => {
    const { Client, SSEClientTransport, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
    const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio');
    const client = (mode) => new Client({ name: 'interoperability', version: '1.0.0' }, { versionNegotiation: { mode } });
    return [`TypeScript SDK (\`@modelcontextprotocol/client\`) ${installed('@modelcontextprotocol/client')}`, {
      stdio: () => session(client('auto'), new StdioClientTransport({ command: binary, args: START })),
      'Streamable HTTP': () => session(client('auto'), new StreamableHTTPClientTransport(new URL(`http://${address}/mcp`))),
      'HTTP+SSE': () => session(client('legacy'), new SSEClientTransport(new URL(`http://${address}/sse`))),
    }];
  },
  'ai-0': async () => [`AI SDK (\`@ai-sdk/mcp\`) ${installed('@ai-sdk/mcp-0')}`, await aiSdk('@ai-sdk/mcp-0', '@ai-sdk/mcp-0/mcp-stdio')],
  'ai-2': async () => [`AI SDK (\`@ai-sdk/mcp\`) ${installed('@ai-sdk/mcp')}`, await aiSdk('@ai-sdk/mcp', '@ai-sdk/mcp/mcp-stdio')],
  'mcp-remote': async () => {
    const remote = (path, strategy) => () =>
      throughStdio(program('mcp-remote'), [`http://${address}${path}`, '--allow-http', '--transport', strategy]);
    return [`\`mcp-remote\` ${installed('mcp-remote')}, behind the TypeScript SDK`, {
      'Streamable HTTP': remote('/mcp', 'http-only'),
      'HTTP+SSE': remote('/sse', 'sse-only'),
    }];
  },
  supergateway: async () => {
    const { client, StreamableHTTPClientTransport, SSEClientTransport } = await sdk1();
    const stdio = ['--stdio', `${binary} ${START.join(' ')}`];
    return [`\`supergateway\` ${installed('supergateway')}, behind the TypeScript SDK`, {
      // Our stdio, offered by it over both kinds of HTTP.
      stdio: async () => {
        const [one, two] = [await freePort(), await freePort()];
        await behind([...stdio, '--outputTransport', 'sse'], one, () =>
          session(client(), new SSEClientTransport(new URL(`http://127.0.0.1:${one}/sse`))));
        await behind([...stdio, '--outputTransport', 'streamableHttp', '--stateful'], two, () =>
          session(client(), new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${two}/mcp`))));
      },
      'Streamable HTTP': () => throughStdio(program('supergateway'), ['--streamableHttp', `http://${address}/mcp`, '--logLevel', 'none']),
      'HTTP+SSE': () => throughStdio(program('supergateway'), ['--sse', `http://${address}/sse`, '--logLevel', 'none']),
    }];
  },
  inspector: async () => [`Inspector (\`@modelcontextprotocol/inspector --cli\`) ${installed('@modelcontextprotocol/inspector')}`, {
    // Over stdio it starts a server for each call: the made-up people are kept in a file, and ids are whole.
    stdio: async () => {
      const data = mkdtempSync(join(tmpdir(), 'inspector-'));
      try {
        await inspector(binary, ...START, '--ids', 'whole', '--local-data', join(data, 'people.db'))();
      } finally {
        rmSync(data, { recursive: true });
      }
    },
    'Streamable HTTP': inspector(`http://${address}/mcp`, '--transport', 'http'),
    'HTTP+SSE': inspector(`http://${address}/sse`, '--transport', 'sse'),
  }],
  // n8n cannot run here. Its MCP Client Tool is the SDK of sdk-1 with a bearer token, and adds what it knows of a run to the arguments.
  n8n: async () => {
    const { client, StreamableHTTPClientTransport, SSEClientTransport } = await sdk1();
    const headers = { Authorization: `Bearer ${KEY}` };
    const extra = { toolCallId: 'call_1', sessionId: 'run-1', action: 'sendMessage', chatInput: 'hello' };
    const name = '@n8n/n8n-nodes-langchain.mcpClientTool';
    return ['n8n, by replaying what its MCP Client Tool sends', {
      'Streamable HTTP': () =>
        session(client(name), new StreamableHTTPClientTransport(new URL(`http://${keyAddress}/mcp`), { requestInit: { headers } }), extra),
      'HTTP+SSE': () =>
        session(client(name), new SSEClientTransport(new URL(`http://${keyAddress}/sse`), {
          eventSourceInit: { fetch: (url, init) => fetch(url, { ...init, headers: { ...headers, Accept: 'text/event-stream' } }) },
          requestInit: { headers },
        }), extra),
    }];
  },
};

const [name, ways] = await clients[which]();
for (const [transport, run] of Object.entries(ways)) {
  try {
    await Promise.race([run(), sleep(60_000, undefined, { ref: false }).then(() => { throw new Error('no end within a minute'); })]);
    console.log(`cell: ${name} | ${transport} | works`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`cell: ${name} | ${transport} | FAILS\nFAIL: ${name}, ${transport}: ${error.stack ?? error}`);
  }
}
process.exit();
