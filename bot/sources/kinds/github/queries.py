"""What GitHub is asked by GraphQL, since REST knows no discussions; named as REST and webhooks name the same.

A query costs by how much it could return (https://docs.github.com/graphql/overview/rate-limits-and-query-limits): a
page of discussions costs three points of the 5,000 an hour.
"""

_WHO = """
fragment who on Actor {
  login type: __typename html_url: url avatar_url: avatarUrl
  ... on User { id: databaseId } ... on Bot { id: databaseId }
}
"""
_TOPIC = """
fragment topic on Discussion {
  node_id: id id: databaseId number title locked html_url: url
  body created_at: createdAt updated_at: updatedAt user: author { ...who }
}
"""
_REMARK = """
fragment remark on DiscussionComment {
  node_id: id id: databaseId html_url: url deleted_at: deletedAt
  body created_at: createdAt updated_at: updatedAt user: author { ...who }
}
"""
_WHOLE = """
fragment whole on Discussion {
  ...topic comments(last: 30) { nodes { ...remark replies(last: 20) { nodes { ...remark } } } }
}
"""
_NAMED = "repository(owner: $owner, name: $name) { visibility"
_NEXT = "pageInfo { endCursor hasNextPage } nodes"
_BY_CHANGE = "orderBy: {field: UPDATED_AT, direction: DESC}"

ME = "query Me { viewer { login } }"
HEARD = (
    f"query Heard($owner: String!, $name: String!, $after: String) {{ {_NAMED}\n"
    f"  discussions(first: 10, after: $after, {_BY_CHANGE}) {{ {_NEXT} {{ ...whole }} }} }} }}"
    f"{_WHO}{_TOPIC}{_REMARK}{_WHOLE}"
)
FOUND = (
    "query Found($query: String!, $after: String) {\n"
    f"  search(type: DISCUSSION, query: $query, first: 50, after: $after) {{ {_NEXT} {{ ...topic }} }} }}"
    f"{_WHO}{_TOPIC}"
)
ONE = (
    f"query One($owner: String!, $name: String!, $number: Int!) {{ {_NAMED}\n"
    f"  discussion(number: $number) {{ ...whole }} }} }}{_WHO}{_TOPIC}{_REMARK}{_WHOLE}"
)
# The post that is answered, and a page of what stands where an answer would, from the newest back.
BESIDE = f"""query Beside($node: ID!, $discussion: ID!, $place: ID!, $before: String) {{
  post: node(id: $node) {{ ...topic ...remark }}
  discussion: node(id: $discussion) {{ ...topic }}
  place: node(id: $place) {{
    ... on Discussion {{ beside: comments(last: 100, before: $before) {{ ...page }} }}
    ... on DiscussionComment {{ beside: replies(last: 100, before: $before) {{ ...page }} }}
  }}
}}
fragment page on DiscussionCommentConnection {{ pageInfo {{ startCursor hasPreviousPage }} nodes {{ ...remark }} }}
{_WHO}{_TOPIC}{_REMARK}"""
ANSWER = f"""mutation Answer($discussionId: ID!, $replyToId: ID, $body: String!) {{
  addDiscussionComment(input: {{discussionId: $discussionId, replyToId: $replyToId, body: $body}}) {{
    comment {{ ...remark }}
  }}
}}
{_WHO}{_REMARK}"""
