// A chat as far as it shows pages: the official bridge of MCP Apps and the official client, in a browser.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { AppBridge, PostMessageTransport, RESOURCE_MIME_TYPE, getToolUiResourceUri, isToolVisibilityAppOnly } from "@modelcontextprotocol/ext-apps/app-bridge";

const EXTENSION = "io.modelcontextprotocol/ui";
const INFO = { name: "host", version: "1" };

/** A client that shows pages. */
async function connected(address, mode, extensions = { [EXTENSION]: { mimeTypes: [RESOURCE_MIME_TYPE] } }) {
  const client = new Client(INFO, { capabilities: { extensions }, versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(address)));
  return client;
}

/** The names of the tools, which of them only a page may call, and which are shown with a page. */
globalThis.listed = async (address, mode, extensions) => {
  const client = await connected(address, mode, extensions);
  const { tools } = await client.listTools();
  await client.close();
  return {
    names: tools.map((tool) => tool.name),
    forPages: tools.filter(isToolVisibilityAppOnly).map((tool) => tool.name),
    shown: tools.filter((tool) => getToolUiResourceUri(tool) !== undefined).map((tool) => tool.name),
    definitions: tools.map(({ _meta, ...seen }) => JSON.stringify(seen)),
  };
};

/** What a model gets that calls a tool of the page by itself. */
globalThis.calledByModel = async (address, mode, name, args) => {
  const client = await connected(address, mode);
  try {
    return await client.callTool({ name, arguments: args });
  } finally {
    await client.close();
  }
};

/** Calls a tool and shows its answer with the page, in a frame that may run scripts and nothing else. */
globalThis.shown = async (address, mode, name, args, context) => {
  const client = await connected(address, mode);
  const { tools } = await client.listTools();
  const tool = tools.find((one) => one.name === name);
  const uri = getToolUiResourceUri(tool);
  const { contents: [page] } = await client.readResource({ uri });
  if (page.mimeType !== RESOURCE_MIME_TYPE) throw new Error(`the page is ${page.mimeType}`);
  document.querySelector("iframe")?.remove();
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.style.cssText = "width: 100%; height: 500px; border: 0";
  document.body.append(frame);
  const told = { context: [], sizes: [], modes: [] };
  globalThis.told = told;
  const capabilities = { serverTools: {}, updateModelContext: { text: {} } };
  const hostContext = { theme: "light", locale: "en-GB", displayMode: "inline", availableDisplayModes: ["inline", "fullscreen"], toolInfo: { tool }, ...context };
  const bridge = new AppBridge(client, INFO, capabilities, { hostContext });
  globalThis.bridge = bridge;
  bridge.onupdatemodelcontext = async ({ content }) => {
    told.context.push(content.map((part) => part.text).join(""));
    return {};
  };
  bridge.onsizechange = ({ height }) => {
    told.sizes.push(height);
    frame.style.height = `${height}px`;
  };
  bridge.onrequestdisplaymode = async ({ mode: wanted }) => {
    told.modes.push(wanted);
    return { mode: wanted };
  };
  const ready = new Promise((done) => {
    bridge.oninitialized = done;
  });
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.srcdoc = page.text;
  await ready;
  await bridge.sendToolInput({ arguments: args });
  const result = await client.callTool({ name, arguments: args });
  await bridge.sendToolResult(result);
  return result;
};
