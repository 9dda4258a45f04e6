// What a careful hand would write with the official SDK: one tool, the gateway's body as text, a kept connection.
// Over stdio, or over HTTP with a port; one session, as a desktop client keeps it.

import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";

const gateway = process.env.GATEWAY_URL;
const server = new McpServer({ name: "hand-written", version: "1" });

server.registerTool(
  "list_contacts",
  { description: "List contacts, newest first.", inputSchema: { limit: z.number().int(), skip: z.number().int() } },
  async ({ limit, skip }) => {
    const address = `${gateway}/channel-service/v1/contacts?limit=${limit}&skip=${skip}`;
    const response = await fetch(address, { headers: { "x-access-token": "acc_peer" } });
    return { content: [{ type: "text", text: await response.text() }] };
  },
);

const port = process.argv[2];
if (port) {
  // One transport for the one session that this peer ever has; a new handshake begins a new one.
  let transport;
  createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    if (body?.method === "initialize") {
      await transport?.close();
      transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, enableJsonResponse: true });
      await server.connect(transport);
    }
    await transport.handleRequest(request, response, body);
  }).listen(Number(port), "127.0.0.1");
} else {
  await server.connect(new StdioServerTransport());
}
