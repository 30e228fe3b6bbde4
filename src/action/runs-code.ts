import { limits } from '../limits.ts';

/** A path that some program runs by itself, and what a person is told of it. */
interface Rule {
  readonly path: RegExp;
  readonly why: string;
}

const rule = (why: string, ...paths: readonly string[]): Rule => ({ why, path: new RegExp(`(?:^|/)(?:${paths.join('|')})$`) });
const one = '[^/]{1,255}';
const any = '.{1,4096}';

const rules: readonly Rule[] = [
  rule('it is a workflow of GitHub Actions', `\\.(?:github|gitea|forgejo)/(?:workflows|actions)/${any}`, 'action\\.ya?ml'),
  rule('it is a pipeline of GitLab', `\\.gitlab-ci(?:\\.${one})?\\.ya?ml`, '\\.gitlab-ci\\.yml', `\\.gitlab/(?:ci/)?${any}\\.ya?ml`),
  rule('it is a pipeline of CircleCI', `\\.circleci/${any}`, 'circle\\.yml'),
  rule('it is a pipeline of Jenkins', `jenkinsfile(?:[._-]${one})?`, `${one}\\.jenkinsfile`),
  rule('it is a pipeline of Azure', `\\.?azure-pipelines?(?:[._-]${one})?\\.ya?ml`, `\\.azure(?:-pipelines|devops|-devops)?/${any}`),
  rule('it is a pipeline of Bitbucket', 'bitbucket-pipelines\\.ya?ml'),
  rule('it is a pipeline', '\\.travis\\.ya?ml', 'appveyor\\.ya?ml', '\\.drone\\.(?:ya?ml|jsonnet|star)', `\\.(?:woodpecker|buildkite|teamcity|semaphore|tekton)/${any}`, '\\.woodpecker\\.ya?ml', '\\.cirrus\\.(?:ya?ml|star)', 'cloudbuild\\.(?:ya?ml|json)', 'buildspec\\.ya?ml', 'codemagic\\.ya?ml', 'netlify\\.toml', 'vercel\\.json', 'fly\\.toml', 'render\\.ya?ml', 'procfile', 'app\\.ya?ml'),
  rule('it is a hook that git runs', `\\.git/${any}`, `(?:\\.githooks|githooks|git-hooks|\\.husky|\\.hooks)/${any}`, '\\.pre-commit-(?:config|hooks)\\.ya?ml', '\\.?lefthook(?:-local)?\\.(?:ya?ml|toml|json)', `\\.(?:huskyrc|lintstagedrc|overcommit)(?:\\.${one})?`, `lint-staged\\.config\\.${one}`, '\\.gitattributes', '\\.gitmodules', '\\.gitconfig'),
  rule('installing or building runs its scripts', 'package\\.json', '\\.npmrc', '\\.yarnrc(?:\\.ya?ml)?', `\\.yarn/${any}`, '\\.?pnpmfile\\.c?js', 'setup\\.(?:py|cfg)', 'pyproject\\.toml', 'conftest\\.py', 'tox\\.ini', 'noxfile\\.py', `${one}\\.pth`, 'sitecustomize\\.py', 'usercustomize\\.py', 'build\\.rs', 'cargo\\.toml', `\\.cargo/${any}`, `${one}\\.gemspec`, 'gemfile', 'rakefile', 'composer\\.json', 'mix\\.exs', 'binding\\.gyp', 'deno\\.jsonc?', 'bunfig\\.toml', 'package\\.swift', `${one}\\.podspec`, 'podfile', 'mise\\.toml', '\\.mise\\.toml', '\\.tool-versions', 'flake\\.nix', '(?:default|shell)\\.nix'),
  rule('building runs it', '(?:gnu|bsd)?makefile(?:\\.[^/]{1,64})?', `${one}\\.(?:mk|mak)`, '\\.?justfile', 'taskfile(?:\\.dist)?\\.ya?ml', 'cmakelists\\.txt', `${one}\\.cmake`, 'configure(?:\\.(?:ac|in))?', 'meson\\.build', 'wscript', 'sconstruct', 'build\\.(?:gradle|xml|sbt|sc|zig|bazel|sh|cmd|ps1)', 'build', 'workspace(?:\\.bazel)?', `${one}\\.(?:gradle|bzl)(?:\\.kts)?`, 'build\\.gradle\\.kts', 'settings\\.gradle\\.kts', 'gradle\\.properties', `gradle/wrapper/${any}`, 'gradlew(?:\\.bat)?', 'mvnw(?:\\.cmd)?', `\\.mvn/${any}`, 'pom\\.xml', `${one}\\.(?:csproj|vbproj|fsproj|props|targets|vcxproj)`, `(?:webpack|vite|vitest|rollup|jest|babel|eslint|prettier|next|nuxt|svelte|astro|tailwind|postcss|metro|playwright|cypress)\\.config\\.${one}`, `\\.(?:eslintrc|babelrc|prettierrc|mocharc)(?:\\.${one})?`, 'gulpfile\\.[^/]{1,16}', 'gruntfile\\.[^/]{1,16}'),
  rule('a container is built or started from it', `(?:docker|container)file(?:\\.${one})?`, `${one}\\.dockerfile`, `(?:docker-)?compose(?:\\.${one})?\\.ya?ml`, `\\.devcontainer/${any}`, '\\.devcontainer\\.json', 'vagrantfile', '\\.gitpod\\.ya?ml', 'devfile\\.ya?ml', 'skaffold\\.ya?ml', 'tiltfile'),
  rule('a shell runs it on entering the folder', '\\.envrc', '\\.?(?:bash|zsh|k|c)?(?:rc|shrc|_profile|_login|_logout)', '\\.profile', '\\.z(?:shenv|profile|login|logout)', '\\.bash_aliases', '\\.vimrc', '\\.exrc', '\\.nvimrc', `\\.direnv/${any}`, '\\.autoenv', '\\.env\\.zsh'),
  rule('an editor runs what it says', '\\.vscode/(?:tasks|launch|settings|extensions|mcp)\\.json', `${one}\\.code-workspace`, `\\.idea/${any}`, `\\.fleet/${any}`, `\\.zed/${any}`, `\\.vs/${any}`, '\\.dir-locals\\.el', '\\.editorconfig\\.js'),
  rule('agents follow it as instructions', '(?:claude|agents?|gemini|codex|qwen|crush|warp|copilot-instructions|skill|conventions)(?:\\.local|\\.override)?\\.mdc?', '\\.(?:cursorrules|windsurfrules|clinerules|roorules|goosehints|aiderrules|rules)', `\\.(?:claude|cursor|windsurf|cline|clinerules|roo|codex|gemini|continue|aider|kiro|amazonq|augment|junie|trae|qwen|opencode|agents?|goose)/${any}`, '\\.aider\\.conf\\.ya?ml', `\\.github/(?:copilot-instructions\\.md|copilot/${any}|(?:instructions|prompts|agents|chatmodes|skills)/${any})`, '\\.?mcp(?:[._-][^/]{1,64})?\\.json', 'claude_desktop_config\\.json', 'opencode\\.jsonc?', '\\.cursorignore'),
  rule('it decides who reviews or what is updated', 'codeowners', '\\.github/dependabot\\.ya?ml', '(?:\\.github/)?renovate\\.json5?', '\\.renovaterc(?:\\.json5?)?'),
  rule('it is a program', `${one}\\.(?:bat|cmd|ps1|psm1|vbs|wsf|hta|command|scpt|desktop|service|timer|reg|exe|dll|msi|jar|scr|lnk)`),
]; // prettier-ignore

/** A path as the most lenient file system reads it: one kind of slash, no `.` and `..`, small letters, no blanks, dots or streams behind a name. */
function normal(path: string): string {
  const steps: string[] = [];
  const plain = path
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}|\p{Cc}/gu, '')
    .toLowerCase();
  for (const step of plain.split(/[/\\]/)) {
    if (step.trim() === '..') {
      steps.pop();
      continue;
    }
    const name = step.replace(/:.*$/s, '').trimStart();
    const end = nameEnd(name);
    if (end > 0) steps.push(name.slice(0, end));
  }
  return steps.join('/');
}

/** Where a name ends once dots and blanks behind it are taken away. */
function nameEnd(name: string): number {
  let end = name.length;
  while (end > 0 && (name[end - 1] === '.' || (name[end - 1] ?? '').trim() === '')) end--;
  return end;
}

/**
 * Why a file is one that something runs, or follows, without being asked to: continuous integration, hooks, build files,
 * instructions for agents. Null: none that is known. A program that is only called by others is an ordinary file.
 */
export function runsCode(path: string): string | null {
  if (path.length > limits.codePathCharsMax) return 'its path is too long to be judged';
  const name = normal(path);
  return rules.find((rule) => rule.path.test(name))?.why ?? null;
}
