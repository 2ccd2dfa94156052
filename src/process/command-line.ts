import { parseArgs } from 'node:util';
import { readVersion } from './version.ts';

/** What a command line asks for. */
export type CommandLine =
  | { readonly does: 'run' | 'doctor' | 'health'; readonly isJson: boolean; readonly envFile: string | undefined }
  | { readonly does: 'backup'; readonly target: string; readonly envFile: string | undefined }
  | { readonly does: 'migrate'; readonly from: string; readonly to: string; readonly envFile: string | undefined }
  | { readonly does: 'setup'; readonly isJson: boolean; readonly isReplacing: boolean; readonly region: string | undefined; readonly model: string | undefined; readonly envFile: string | undefined }
  /** Says something and ends. */
  | { readonly does: 'say'; readonly text: string; readonly exitCode: number };

/** Exit code for a command line that nobody understands, after sysexits.h. */
export const EXIT_USAGE = 64;

const USAGE = `Parley, the Discord bot for Amazon Bedrock.

  npm run setup                 asks for the two secrets, tries them, finds a model and writes .env; without a terminal it takes them
                                from the environment, or from the standard input as lines of .env: --json, --replace,
                                --region REGION, --model MODEL
  npm start                     runs it
  npm run doctor                looks at settings, Discord, store and Bedrock, and says what to fix
  npm run --silent doctor -- --json
                                the same for a machine

  npm run backup -- FILE        copies the store to FILE, which is not there yet, also while Parley runs
  npm run migrate -- FROM TO    copies one store into an empty one, both as in STORE_URL, while no Parley runs
  npm run health                asks the Parley that runs here how it is (needs HTTP_PORT): 0 while it would answer, else 1

The same by hand: node -- src/start.js [setup | doctor | health | backup FILE | migrate FROM TO] [options]

  --env-file FILE               reads settings from FILE, not from .env
  --help, --version             say this, or the version
`;

const wrong = (what: string): CommandLine => ({ does: 'say', text: `${what} Try --help.\n`, exitCode: EXIT_USAGE });

/** @param words what stands behind the program's name */
export const parseCommandLine = (words: readonly string[]): CommandLine => {
  if (words.length === 0) return { does: 'run', isJson: false, envFile: undefined };
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
        json: { type: 'boolean' },
        'env-file': { type: 'string' },
        replace: { type: 'boolean' },
        region: { type: 'string' },
        model: { type: 'string' },
      },
    });
    if (values.help === true) return { does: 'say', text: USAGE, exitCode: 0 };
    if (values.version === true) return { does: 'say', text: `${readVersion()}\n`, exitCode: 0 };
    const [command, ...more] = positionals;
    if (values.json === true && command !== 'doctor' && command !== 'setup') return wrong('--json is for the doctor and the setup.');
    if (command === 'setup') {
      if (more[0] !== undefined) return wrong('The setup takes no words but its options: a command line is no place for secrets.');
      return { does: 'setup', isJson: values.json === true, isReplacing: values.replace === true, region: values.region, model: values.model, envFile: values['env-file'] };
    }
    const ofSetup = (['replace', 'region', 'model'] as const).find((name) => values[name] !== undefined);
    if (ofSetup !== undefined) return wrong(`--${ofSetup} is for the setup.`);
    if (command === 'backup') {
      const [target, another] = more;
      if (target === undefined || target === '') return wrong('The backup needs the name of a file to write.');
      if (another !== undefined) return wrong(`The backup goes to one file, and "${another}" is one too many.`);
      return { does: 'backup', target, envFile: values['env-file'] };
    }
    if (command === 'migrate') {
      const [from, to, another] = more;
      if (!from || !to || another !== undefined) return wrong('The migration needs two addresses: of the store that is there, and of the new one.');
      return { does: 'migrate', from, to, envFile: values['env-file'] };
    }
    const does = command === 'doctor' || command === 'health' ? command : 'run';
    const unknown = does === 'run' ? command : more[0];
    if (unknown !== undefined) return wrong(`Parley does not know the word "${unknown}".`);
    return { does, isJson: values.json === true, envFile: values['env-file'] };
  } catch (error) {
    // Its first sentence names the word; what follows is advice on quoting.
    return wrong(error instanceof Error ? (error.message.split(/\. (?=[A-Z])/u)[0] ?? '').replace(/\.?$/u, '.') : 'Parley does not understand that.');
  }
};
