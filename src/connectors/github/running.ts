/*
 * Files that are run, or obeyed, without anybody asking for it: by CI with its secrets, by package managers, git hooks,
 * editors, containers, and by other agents. Matched in any folder and in any spelling. Pure.
 */

const folders = new RegExp(
  `(?:^|/)(?:${[
    '\\.github/(?:workflows|actions|instructions|prompts|agents|hooks)|\\.circleci|\\.buildkite|\\.woodpecker|\\.gitlab/ci',
    '\\.husky|\\.githooks|\\.cargo|\\.mvn',
    '\\.devcontainer|\\.vscode|\\.idea|\\.zed',
    '\\.cursor|\\.claude|\\.codex|\\.gemini|\\.windsurf|\\.agents',
  ].join('|')})/`,
);

const files = new RegExp(
  `(?:^|/)(?:${[
    // who must review, and what CI runs
    'codeowners|action\\.ya?ml|dependabot\\.ya?ml|\\.gitlab-ci\\.ya?ml|\\.travis\\.yml|azure-pipelines[^/]*\\.ya?ml',
    'bitbucket-pipelines\\.yml|jenkinsfile(?:\\.[^/]*)?|\\.drone\\.ya?ml|\\.?appveyor\\.yml|cloudbuild\\.ya?ml',
    // scripts of package managers and builds
    'package\\.json|\\.npmrc|\\.yarnrc(?:\\.yml)?|\\.pnpmfile\\.c?js|setup\\.(?:py|cfg)|pyproject\\.toml|conftest\\.py|tox\\.ini|noxfile\\.py',
    'build\\.rs|binding\\.gyp|composer\\.json|gemfile|rakefile|(?:gnu)?makefile|[^/]*\\.mk|cmakelists\\.txt|justfile|taskfile\\.ya?ml',
    '(?:[^/]*\\.)?gradle(?:\\.kts)?|gradlew(?:\\.bat)?|gradle-wrapper\\.(?:jar|properties)|pom\\.xml|mvnw(?:\\.cmd)?',
    // hooks and settings of git and the shell
    '\\.pre-commit-config\\.yaml|\\.?lefthook\\.ya?ml|\\.gitmodules|\\.gitattributes|\\.gitconfig|\\.envrc',
    // containers and machines
    '(?:[^/]*\\.)?dockerfile(?:\\.[^/]*)?|containerfile|(?:docker-)?compose(?:\\.[^/]*)?\\.ya?ml|\\.devcontainer\\.json|vagrantfile|tiltfile',
    // instructions and tools of other agents
    'agents\\.md|claude(?:\\.local)?\\.md|gemini\\.md|copilot-instructions\\.md|\\.cursorrules|\\.windsurfrules|\\.clinerules|\\.mcp\\.json',
  ].join('|')})$`,
);

/** One spelling of a path for all that a file system may take for the same: case, separators, empty and dotted parts, ends. */
function normalised(path: string): string {
  const parts: string[] = [];
  for (const part of path.normalize('NFKC').toLowerCase().replaceAll('\\', '/').split('/')) {
    const name = /^\.{1,2}$/.test(part) ? part : part.replace(/(?::.*|[ .]+)$/, '');
    if (name === '..') parts.pop();
    else if (name !== '' && name !== '.') parts.push(name);
  }
  return parts.join('/');
}

/** True for a path whose content is run or obeyed without anybody asking for it. */
export function runsOnItsOwn(path: string): boolean {
  const name = normalised(path);
  return folders.test(name) || files.test(name);
}
