#!/usr/bin/env node
// The command line: trains an experiment in headless Chrome and says what happened to the gradients.
import { CommanderError } from 'commander';
import { FathomError } from '../errors.ts';
import { commandLine, requireCommand } from './commands.ts';
import { EXIT } from './exit.ts';
import { handleSignals, leaving } from './interrupt.ts';
import { note } from './print.ts';

// Ignore EPIPE: the reader (`head`, say) closed the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

handleSignals();
try {
  const program = commandLine();
  requireCommand(program, process.argv.slice(2));
  await program.parseAsync();
} catch (error) {
  if (leaving()) {
    // A call into the Chrome that has just been ended.
  } else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.failed;
  else {
    note(error instanceof FathomError ? `${error.name}: ${error.message}` : String((error as Error | undefined)?.stack ?? error));
    process.exitCode = EXIT.failed;
  }
}

// What is still open has no more to say: Dawn keeps Node alive as long as it is loaded.
setInterval(() => {
  if (process.stdout.writableLength === 0) process.exit();
}, 50).unref();
