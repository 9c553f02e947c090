import js from '@eslint/js';
import vue from 'eslint-plugin-vue';
import ts from 'typescript-eslint';

const ban = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });
const td = { group: ['tdesign-*', 'tdesign-*/**'], message: 'TDesign is reached through src/ui and src/fields only.' };
const layer = (names, why) => ({ group: names.map((n) => `@/${n}/**`).concat(names.map((n) => `@/${n}`)), message: why });
const relative = { group: ['../../*'], message: 'Use @/ so that the import line shows the layer.' };

/** shared ← ui ← data ← fields ← parts ← pages ← shell; a layer imports only those before it. */
export default ts.config(
  { ignores: ['**/dist/**', '**/node_modules/**'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...vue.configs['flat/recommended'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-undef': 'off',
      'no-console': 'error',
      'no-eval': 'error',
      'max-lines': ['error', 500],
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/attributes-order': 'off',
      'vue/no-v-html': 'error',
      'vue/require-default-prop': 'off',
    },
  },
  { files: ['shared/**/*.ts'], ignores: ['**/*.test.ts'], rules: ban({ group: ['@/**', 'vue', 'tdesign-*', 'node:*', 'echarts'], message: 'web/shared imports nothing.' }) },
  { files: ['console/src/ui/**'], rules: ban(relative, layer(['data', 'fields', 'parts', 'pages', 'shell', 'modules'], 'ui knows no data and no pages.')) },
  { files: ['console/src/data/**'], rules: ban(td, relative, layer(['fields', 'parts', 'pages', 'shell'], 'data knows nothing that is drawn.')) },
  { files: ['console/src/fields/**'], rules: ban(relative, layer(['parts', 'pages', 'shell'], 'a field knows no page.')) },
  { files: ['console/src/parts/**'], rules: ban(td, relative, layer(['pages', 'shell'], 'a part knows no page.')) },
  { files: ['console/src/pages/**'], rules: ban(td, relative, layer(['shell'], 'a page knows no shell.')) },
  { files: ['console/src/shell/**', 'console/src/modules/**', 'console/src/*.ts', 'console/src/*.vue'], ignores: ['console/src/main.ts'], rules: ban(td) },
);
