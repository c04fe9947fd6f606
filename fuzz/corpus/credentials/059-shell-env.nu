;$env.OPENAI_API_KEY = "@OPENAI@"
$env.GEMINI_API_KEY = (pass show google)
$env.GROQ_API_KEY = '@GROQ@' # home
$env.PATH = ($env.PATH | append "/opt/bin")
