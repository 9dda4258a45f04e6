// What a careful hand would write with the official SDK: one tool, the gateway's body as text, a kept connection.
// Over stdio, or over HTTP with a port and with sessions, as the SDK's examples have them.

import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";

const gateway = process.env.GATEWAY_URL;

function make() {
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
  return server;
}

const port = process.argv[2];
if (port) {
  const sessions = new Map();
  createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    let transport = sessions.get(request.headers["mcp-session-id"]);
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        enableJsonResponse: true,
        onsessioninitialized: (id) => sessions.set(id, transport),
      });
      await make().connect(transport);
    }
    await transport.handleRequest(request, response, body);
  }).listen(Number(port), "127.0.0.1");
} else {
  await make().connect(new StdioServerTransport());
}
