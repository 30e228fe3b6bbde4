import { expect, test } from 'vitest';
import { runsCode } from '../../src/action/runs-code.ts';

const running: Readonly<Record<string, readonly string[]>> = {
  'GitHub Actions': ['.github/workflows/ci.yml', '.github/workflows/deep/x.yaml', '.github/actions/a/index.js', 'action.yml', 'sub/action.yaml', '.gitea/workflows/x.yml'],
  GitLab: ['.gitlab-ci.yml', '.gitlab/ci/build.yml', '.gitlab-ci.local.yml'],
  CircleCI: ['.circleci/config.yml', 'circle.yml'],
  Jenkins: ['Jenkinsfile', 'Jenkinsfile.release', 'ci/build.Jenkinsfile'],
  Azure: ['azure-pipelines.yml', 'azure-pipelines.release.yaml', '.azure-pipelines/a.yml'],
  Bitbucket: ['bitbucket-pipelines.yml'],
  pipeline: ['.travis.yml', '.drone.yml', '.buildkite/pipeline.yml', 'cloudbuild.yaml', 'Procfile', 'appveyor.yml'],
  'git runs': ['.git/hooks/pre-commit', '.git/config', '.husky/pre-push', '.githooks/x', '.pre-commit-config.yaml', 'lefthook.yml', '.gitattributes', '.gitmodules'],
  scripts: ['package.json', 'packages/a/package.json', '.npmrc', 'setup.py', 'setup.cfg', 'pyproject.toml', 'conftest.py', 'build.rs', 'Cargo.toml', 'composer.json', 'Gemfile', 'x.gemspec', '.pnpmfile.cjs'],
  building: ['Makefile', 'GNUmakefile', 'rules.mk', 'build.gradle', 'build.gradle.kts', 'app/settings.gradle', 'gradle/wrapper/gradle-wrapper.properties', 'pom.xml', 'CMakeLists.txt', 'vite.config.ts', 'Justfile', 'Taskfile.yml', 'BUILD.bazel', 'a.csproj'],
  container: ['Dockerfile', 'Dockerfile.prod', 'api.dockerfile', 'docker-compose.yml', 'compose.override.yaml', '.devcontainer/devcontainer.json', '.devcontainer.json', 'Vagrantfile'],
  shell: ['.envrc', '.bashrc', 'home/.zshrc', '.profile', '.bash_profile', '.zshenv'],
  editor: ['.vscode/tasks.json', '.vscode/settings.json', '.vscode/launch.json', 'x.code-workspace', '.idea/workspace.xml'],
  agents: ['CLAUDE.md', 'CLAUDE.local.md', 'src/AGENTS.md', 'AGENT.md', 'GEMINI.md', '.cursorrules', '.cursor/rules/x.mdc', '.mcp.json', 'mcp.json', '.claude/settings.json', '.github/copilot-instructions.md', '.github/prompts/x.prompt.md', '.windsurfrules', 'skills/a/SKILL.md'],
  reviews: ['CODEOWNERS', '.github/CODEOWNERS', '.github/dependabot.yml', 'renovate.json'],
  program: ['tools/x.PS1', 'a.bat', 'b.cmd'],
}; // prettier-ignore

const spellings: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => path.toUpperCase(),
  (path) => `./${path}`,
  (path) => `/${path}`,
  (path) => path.replaceAll('/', '//'),
  (path) => path.replaceAll('/', '/./'),
  (path) => path.replaceAll('/', '\\'),
  (path) => `docs/../${path}`,
  (path) => path.replace(/[^/]+$/, 'x/../$&'),
  (path) => `${path}.`,
  (path) => `${path} . `,
  (path) => path.replaceAll('/', ' /'),
  (path) => path.replaceAll('/', './'),
  (path) => `${path}/`,
  (path) => `${path}::$DATA`,
  (path) => ` ${path}`,
  (path) => path.replace(/(?<=.)(?=.$)/, '\u200b'),
  (path) => path.replaceAll(/[a-z]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)),
  (path) => `${path}\0`,
  (path) => `x\\..\\${path}`,
];

test.each(Object.entries(running))('%s: in every spelling', (says, paths) => {
  for (const path of paths) for (const spell of spellings) expect(runsCode(spell(path)), JSON.stringify(spell(path))).toContain(says);
});

test.each([
  'README.md', 'src/index.ts', 'docs/github/workflows.md', 'github/workflows/ci.yml', '.github/ISSUE_TEMPLATE/bug.yml', '.github/PULL_REQUEST_TEMPLATE.md', 'package.json.md', 'my-package.json', 'src/the-makefile.md', 'notes/claude.txt', 'lib/agents.ts',
  'docs/a-dockerfile.md', 'data/compose.txt', '.gitignore', 'LICENSE', 'src/setup.ts', 'src/git/hooks.ts', 'main.py', 'tasks.json', '', '.', '..', '/', 'a/..', 'package.json/../README.md',
])('an ordinary file is none: %j', (path) => {
  expect(runsCode(path)).toBeNull();
}); // prettier-ignore

test('a path that is too long is never ordinary', () => {
  expect(runsCode(`${'a/'.repeat(3000)}README.md`)).toBe('its path is too long to be judged');
});
