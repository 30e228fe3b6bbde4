const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** What a message will do, counted by code: none of its words stand here, the card shows them apart. */
export function effectOf(text: string, type: string, name: string): readonly string[] {
  const size = `${plural(text.split('\n').length, 'line')} (${plural(Array.from(text).length, 'character')})`;
  const verb = type === 'slack.thread' ? 'reply with' : type === 'slack.user' ? 'send' : 'post';
  const preposition = type === 'slack.thread' ? 'in the' : 'to';
  const mentions = new Set([...text.matchAll(/<@([UW][A-Z0-9]{1,20})/g)].map((match) => String(match[1])));
  const links = [...text.matchAll(/https?:\/\//gi)].length;
  return [
    `${verb} ${size} ${preposition} ${name}`,
    ...(mentions.size === 0
      ? []
      : [`notify ${plural(mentions.size, 'person').replace('persons', 'people')} by mention: ${[...mentions].slice(0, 10).join(', ')}`]),
    ...(links === 0 ? [] : [`show ${plural(links, 'link')}`]),
  ];
}
