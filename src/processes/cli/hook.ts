import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { z } from 'zod';
import { parseJson } from '../../action/parse-json.ts';
import { limits } from '../../limits.ts';
import { action, common, Exit, exits } from './context.ts';
import type { Context } from './context.ts';

/*
 * Hooks of host applications that open no runs themselves: they tell the gateway what the user said, word for word, so that
 * a target which the user named is bound to the user's own words. What comes from a model must never come this way.
 */

/** What Claude Code gives a `UserPromptSubmit` hook on its standard input (https://docs.claude.com/en/docs/claude-code/hooks). */
const claudeCodeShape = z.looseObject({ hook_event_name: z.literal('UserPromptSubmit'), prompt: z.string() });

/**
 * The user's words in the input of the hook, or null if they are not the user's. Claude Code also runs this hook for what
 * background agents return, and it marks such texts with a tag at their beginning: those are a model's words.
 */
export function claudeCodeWords(input: string): string | null {
  let value: unknown;
  try {
    value = parseJson(input);
  } catch {
    throw new Exit(exits.usage, 'usage', 'the standard input is not the JSON that Claude Code gives a UserPromptSubmit hook');
  }
  const parsed = claudeCodeShape.safeParse(value);
  if (!parsed.success)
    throw new Exit(exits.usage, 'usage', 'this command is for the UserPromptSubmit hook of Claude Code only: see its --help');
  const prompt = parsed.data.prompt.trim();
  const fromAgent = typeof parsed.data['agent_id'] === 'string' || prompt.startsWith('<');
  return prompt === '' || fromAgent ? null : prompt;
}

const settings = `Put this into ~/.claude/settings.json (or managed settings, which an agent cannot edit):

  {
    "hooks": {
      "UserPromptSubmit": [
        { "hooks": [{ "type": "command", "command": "countersign hook claude-code --config /path/to/countersign.yaml", "timeout": 10 }] }
      ]
    }
  }

and start Claude Code with COUNTERSIGN_WORDS_TOKEN set to the text of a token made by
\`countersign token create --user <user> --agent <agent> --words\`, with the user and the agent of the token that it calls with.
Whoever has that token can put words into the user's mouth: keep it where the agent's own tools cannot read it, for example in
a wrapper script that reads a file of another user. Texts that begin with a tag (what background agents return) are not told.
Without the hook nothing breaks: targets are then bound by nothing but the configuration, and more is asked.`;

async function tell(context: Context, said: string, url: string | undefined): Promise<void> {
  const token = process.env['COUNTERSIGN_WORDS_TOKEN'];
  if (token === undefined || token === '')
    throw new Exit(
      exits.usage,
      'usage',
      'COUNTERSIGN_WORDS_TOKEN is not set: make a token with `countersign token create --words --user <user> --agent <agent>`',
    );
  const address = url ?? `http://127.0.0.1:${context.config().gateway.port}`;
  let status: number;
  try {
    const answer = await fetch(`${address}/v1/words`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text: said }),
      signal: AbortSignal.timeout(limits.hookTellMs),
    });
    ({ status } = answer);
  } catch {
    throw new Exit(
      exits.failed,
      'not-reachable',
      `the gateway does not answer at ${address}: the user's words were not told, so more will be asked`,
    );
  }
  if (status !== 200)
    throw new Exit(
      exits.failed,
      'refused',
      status === 401 || status === 400 || status === 403
        ? 'the gateway does not take the token for words: make one with `countersign token create --words --user <user> --agent <agent>`'
        : `the gateway answered with HTTP ${status}: the user's words were not told, so more will be asked`,
    );
}

/** `hook claude-code`. */
export function registerHook(program: Command): void {
  const hook = program.command('hook').description("tell the gateway the user's own words, from a hook of the host application");
  common(
    hook
      .command('claude-code')
      .description('the UserPromptSubmit hook of Claude Code: reads its JSON on the standard input, and prints nothing')
      .option('--url <address>', 'the address of the gateway (default: 127.0.0.1 and the port of the configuration)')
      .addHelpText('after', `\n${settings}`),
  ).action(
    action(async (context, command) => {
      const said = claudeCodeWords(await text(process.stdin));
      if (said !== null)
        await tell(context, said.slice(0, limits.requestTextBytesMax / 4).toWellFormed(), command.opts<{ url?: string }>().url);
    }),
  );
}
