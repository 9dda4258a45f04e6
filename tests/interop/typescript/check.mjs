// The official TypeScript client against the built server: every transport, both eras, every tool that reads.
//
// Usage: node check.mjs BINARY HTTP_ADDRESS TOOLS. Prints one line a check and exits 1 if one failed.

import assert from 'node:assert/strict';
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [binary, address, tools] = process.argv.slice(2);
const TOOLS = Number(tools);
const MODERN = '2026-07-28';
const HANDSHAKE = '2025-11-25';

function text(result) {
  assert.equal(result.content.length, 1);
  return result.content[0].text;
}

// Calls a tool that must succeed, and gives the ids of one kind from its answer.
async function rows(client, name, args, prefix) {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(!result.isError, `${name}: ${text(result)}`);
  assert.ok(text(result), `${name} says nothing`);
  return [...text(result).matchAll(new RegExp(`^${prefix}_[0-9a-f]+`, 'gm'))].map(([id]) => id);
}

// Each tool that reads, with ids from the answers before it.
async function reads(client) {
  const contacts = await rows(client, 'list_contacts', { limit: 10 }, 'con');
  assert.equal(contacts.length, 10);
  assert.equal((await rows(client, 'search_contacts', { query: 'nguyen', limit: 3 }, 'con')).length, 3);
  await rows(client, 'get_contact', { contact_id: contacts[0] }, 'con');
  await rows(client, 'list_contact_files', { contact_id: contacts[0] }, 'fil');
  assert.ok((await rows(client, 'list_notifications', { limit: 2 }, 'not')).length > 0);
  const conversations = [];
  for (const contact_id of contacts) {
    conversations.push(...(await rows(client, 'get_contact_conversations', { contact_id }, '[a-z]+')));
  }
  assert.ok(conversations.length > 0, 'none of ten contacts has a conversation');
  await rows(client, 'get_conversation_messages', { conversation_id: conversations[0] }, '[a-z]+');
  await rows(client, 'get_contact_comment', await commented(client), '[a-z]+');
}

// A contact with a comment, and the comment.
async function commented(client) {
  for (const contact_id of await rows(client, 'list_contacts', { limit: 100 }, 'con')) {
    const [comment_id] = await rows(client, 'list_contact_comments', { contact_id }, 'cmc');
    if (comment_id) return { contact_id, comment_id };
  }
  assert.fail('none of a hundred contacts has a comment');
}

// Errors that a model reads, and errors of the protocol.
async function errors(client) {
  const contact_id = 'con_00000000-0000-4000-8000-00000000dead';
  const unknown = await client.callTool({ name: 'get_contact', arguments: { contact_id } });
  assert.ok(unknown.isError && text(unknown).includes('con_00000000'), text(unknown));
  const misspelt = await client.callTool({ name: 'search_contacts', arguments: { qeury: 'x' } });
  assert.ok(misspelt.isError && text(misspelt).includes('query'), text(misspelt));
  await assert.rejects(client.callTool({ name: 'list_contact', arguments: {} }), /list_contacts/);
}

async function whole(transport, mode, expected) {
  const client = new Client({ name: 'interoperability', version: '1.0.0' }, { versionNegotiation: { mode } });
  await client.connect(transport);
  try {
    assert.equal(client.getNegotiatedProtocolVersion(), expected);
    const { tools } = await client.listTools();
    assert.equal(tools.length, TOOLS);
    assert.ok(tools.every((tool) => tool.title && tool.annotations.readOnlyHint !== undefined));
    await reads(client);
    await errors(client);
  } finally {
    await client.close();
  }
}

const ways = {
  stdio: () => new StdioClientTransport({ command: binary, args: ['serve', '--env', 'local', '--log', 'error'] }),
  'Streamable HTTP': () => new StreamableHTTPClientTransport(new URL(`http://${address}/mcp`)),
  'HTTP+SSE': () => new SSEClientTransport(new URL(`http://${address}/sse`)),
};

for (const [way, transport] of Object.entries(ways)) {
  // HTTP+SSE belongs to the era of the handshake: a client that opens it never asks for the other one.
  const modes = [['legacy', HANDSHAKE]];
  if (way !== 'HTTP+SSE') modes.push(['auto', MODERN], [{ pin: MODERN }, MODERN]);
  for (const [mode, expected] of modes) {
    const name = `TypeScript client, ${way}, mode ${typeof mode === 'string' ? mode : mode.pin}`;
    try {
      await whole(transport(), mode, expected);
      console.log(`pass: ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`FAIL: ${name}: ${error.stack ?? error}`);
    }
  }
}
