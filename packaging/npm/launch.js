#!/usr/bin/env node
// Starts the program, which is in the package of this platform (an optional dependency that npm has chosen).
'use strict';

const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const name = 'imbrace-contacts-mcp';
const platform = `${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`${name}-${platform}/${name}${process.platform === 'win32' ? '.exe' : ''}`);
} catch {
  console.error(
    `${name} has no program for ${platform} here: there is none for this platform, or optional dependencies were left out ` +
      `(npm install without --omit=optional).`,
  );
  process.exit(70);
}

const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
// The program ends by itself, after the calls under way; this process waits for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`${name} cannot be started: ${error.message}`);
  process.exit(70);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
