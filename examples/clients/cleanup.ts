// A whole cleanup through the official TypeScript SDK: audit, duplicates, plan, confirm, apply, undo.
//
//     npm install @modelcontextprotocol/client tsx
//     npx tsx examples/clients/cleanup.ts imbrace-contacts-mcp
//
// It works on the built-in local gateway with 300 made-up people, in a directory that it removes, and writes to nobody else.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [binary = 'imbrace-contacts-mcp'] = process.argv.slice(2);
const state = mkdtempSync(join(tmpdir(), 'contacts-'));
const client = new Client(
  { name: 'cleanup-example', version: '1.0.0' },
  { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: 'auto' } },
);

// The server's question before it writes. An assistant shows it to a person; this program says yes to it.
client.setRequestHandler('elicitation/create', async ({ params }) => {
  console.log(`? ${params.message}`);
  const fields = 'requestedSchema' in params ? Object.entries(params.requestedSchema.properties) : [];
  const yes = fields.filter(([, schema]) => schema.type === 'boolean').map(([name]) => [name, true] as const);
  return { action: 'accept', content: Object.fromEntries(yes) };
});

// Calls a tool, shows the beginning of its answer, and gives all of it.
async function call(name: string, args: Record<string, unknown> = {}): Promise<string> {
  const result = await client.callTool({ name, arguments: args });
  const [block] = result.content;
  assert.ok(block?.type === 'text');
  console.log(`> ${name} ${JSON.stringify(args)}`);
  for (const line of block.text.split('\n').slice(0, 4)) console.log(`  ${line.slice(0, 100)}`);
  assert.ok(!result.isError, block.text);
  return block.text;
}

const score = (text: string): number => Number(/score (\d+) of 100/.exec(text)?.[1]);

const args = ['serve', '--env', 'local', '--local-contacts', '300', '--state-dir', state, '--log', 'error'];
await client.connect(new StdioClientTransport({ command: binary, args }));
try {
  const before = score(await call('audit_contacts'));
  await call('find_duplicate_contacts', { limit: 3 });
  const found = /plan=(plan_\w+) fingerprint=(\w+)/.exec(await call('plan_cleanup', { fix: 'safe' }));
  assert.ok(found);
  const [, plan, fingerprint] = found;

  // The first call of a plan writes 20 contacts; the next ones go on until nothing remains.
  while ((await call('apply_cleanup', { plan, fingerprint })).includes('call again'));
  const after = score(await call('audit_contacts'));
  await call('show_cleanup', { plan, status: 'written', limit: 5 });

  await call('undo_cleanup', { plan });
  await call('undo_cleanup', { plan, dry_run: false });
  const undone = score(await call('audit_contacts'));
  console.log(`score ${before}, ${after} after the cleanup, ${undone} after the undo`);
  assert.ok(after > before && undone === before);
} finally {
  await client.close();
  rmSync(state, { recursive: true });
}
