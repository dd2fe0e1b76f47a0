// What the workbench's editor needs of CodeMirror 6, and nothing else.
export { EditorState, Compartment, StateEffect, StateField, RangeSet } from "@codemirror/state";
export {
  EditorView, Decoration, GutterMarker, WidgetType, gutter, keymap, lineNumbers, drawSelection,
  highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars,
} from "@codemirror/view";
export { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
export { HighlightStyle, StreamLanguage, bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
export { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
export { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
export { lintKeymap } from "@codemirror/lint";
export { tags } from "@lezer/highlight";
export { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
export { shell } from "@codemirror/legacy-modes/mode/shell";
export { python } from "@codemirror/legacy-modes/mode/python";
export { json, javascript } from "@codemirror/legacy-modes/mode/javascript";
export { yaml } from "@codemirror/legacy-modes/mode/yaml";
