"""A LangGraph agent that cleans a list: model, tools, model, tools, until the model is done.

    pip install langgraph langchain-mcp-adapters
    python examples/clients/langgraph_agent.py imbrace-contacts-mcp

The model is scripted, so that it runs without an account: put a chat model of yours in place of `Scripted()`. Before a write the
server answers with what it would do and a one-time token, because this client shows no forms; the graph stops there and asks a person.
"""

import asyncio
import re
import sys
import tempfile

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command, interrupt


def text(message):
    """The text of a message, whose content may be a list of blocks."""
    blocks = message.content if isinstance(message.content, list) else [message.content]
    return "".join(block if isinstance(block, str) else block.get("text", "") for block in blocks)


class Scripted(BaseChatModel):
    """Does what a model would: reads the last answer and chooses the next call by what stands in it."""

    @property
    def _llm_type(self):
        return "scripted"

    def bind_tools(self, tools, **_):
        names = {tool.name for tool in tools}
        assert {"audit_contacts", "plan_cleanup", "apply_cleanup", "undo_cleanup"} <= names, names
        return self

    def _generate(self, messages, stop=None, run_manager=None, **_):
        last = messages[-1]
        if isinstance(last, HumanMessage):
            message = self.calling("audit_contacts", {}, messages)
        elif last.name == "audit_contacts" and not any(m.name == "plan_cleanup" for m in messages):
            message = self.calling("plan_cleanup", {"fix": "safe"}, messages)
        elif last.name == "audit_contacts":
            message = AIMessage(text(last).splitlines()[1])
        elif last.name == "plan_cleanup" or "call again" in text(last):
            plan = next(m for m in reversed(messages) if m.name == "plan_cleanup")
            name, fingerprint = re.search(r"plan=(plan_\w+) fingerprint=(\w+)", text(plan)).groups()
            message = self.calling("apply_cleanup", {"plan": name, "fingerprint": fingerprint}, messages)
        elif token := re.search(r"confirm=(\S+)", text(last)):
            before = next(m for m in reversed(messages) if isinstance(m, AIMessage) and m.tool_calls).tool_calls[0]
            message = self.calling(before["name"], {**before["args"], "confirm": token[1]}, messages)
        else:
            message = self.calling("audit_contacts", {}, messages)
        return ChatResult(generations=[ChatGeneration(message=message)])

    @staticmethod
    def calling(name, arguments, messages):
        return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"call_{len(messages)}"}])


def graph_of(model, tools):
    """Two nodes and the person between them."""
    bound = model.bind_tools(tools)

    async def think(state):
        return {"messages": [await bound.ainvoke(state["messages"])]}

    def person(state):
        """Stops before a call that carries a confirmation; what it would do stands in the answer before."""
        for wanted in state["messages"][-1].tool_calls:
            if "confirm" in wanted["args"] and interrupt(text(state["messages"][-2])) != "yes":
                refused = ToolMessage("The user said no.", tool_call_id=wanted["id"], name=wanted["name"])
                return Command(update={"messages": [refused]}, goto="think")
        return Command(goto="tools")

    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("person", person, destinations=("tools", "think"))
    graph.add_node("tools", ToolNode(tools, handle_tool_errors=True))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition, {"tools": "person", "__end__": "__end__"})
    graph.add_edge("tools", "think")
    return graph.compile(checkpointer=InMemorySaver())


async def main(binary):
    with tempfile.TemporaryDirectory() as state:
        arguments = ["serve", "--env", "local", "--local-contacts", "300", "--state-dir", state, "--log", "error"]
        server = {"transport": "stdio", "command": binary, "args": [*arguments, "--confirm", "all"]}
        client = MultiServerMCPClient({"contacts": server})
        async with client.session("contacts") as session:
            graph = graph_of(Scripted(), await load_mcp_tools(session))
            thread = {"configurable": {"thread_id": "1"}, "recursion_limit": 60}
            result = await graph.ainvoke({"messages": [HumanMessage("Clean my contact list.")]}, thread)
            asked = 0
            while waiting := result.get("__interrupt__"):
                asked += 1
                print(f"? {waiting[0].value.splitlines()[0]}")
                result = await graph.ainvoke(Command(resume="yes"), thread)
    calls = [m.name for m in result["messages"] if isinstance(m, ToolMessage)]
    print(f"calls: {' '.join(calls)}")
    print(f"the person was asked {asked} times; at the end: {result['messages'][-1].content}")
    first = next(m for m in result["messages"] if m.name == "audit_contacts")
    score = [int(re.search(r"score (\d+) of 100", said)[1]) for said in (text(first), result["messages"][-1].content)]
    assert asked > 0 and score[1] > score[0], (asked, score)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
