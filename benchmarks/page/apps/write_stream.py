"""Streamlit's own tutorial of a chat page: its history drawn anew, st.write_stream."""

from __future__ import annotations

import streamlit as st

from benchmarks.page.peer_stream import history, stream

if "messages" not in st.session_state:
    st.session_state.messages = history()

for message in st.session_state.messages:
    with st.chat_message(message["role"]):
        st.markdown(message["content"])

if question := st.chat_input("What is up?"):
    st.session_state.messages.append({"role": "user", "content": question})
    with st.chat_message("user"):
        st.markdown(question)
    with st.chat_message("assistant"):
        answer = st.write_stream(stream(question))
    st.session_state.messages.append({"role": "assistant", "content": answer})
