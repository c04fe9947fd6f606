9set -gx OPENAI_API_KEY @OPENAI@
if status is-interactive
    set -x ANTHROPIC_API_KEY "@ANTHROPIC@"
end
set -Ux GROQ_API_KEY (pass show groq)
export GEMINI_API_KEY=@GOOGLE@
set -e OPENAI_API_KEY
