# A session pasted from wsdump: its messages may have several lines.
Press Ctrl+C to quit
> John

< Using nickname: John
Type /help for list of commands.
> hello

< Cannot send message if not in chatroom.
> /dance

< Unknown command: dance. Type /help for list of commands.
> /help

< Commands available:
    /help
          Display this message.
    /join {room}
          Join a room, and leave the one you are in.
    /nick {nickname}
          Change your nickname. Without {nickname}, display it.
    /room
          Display the room you are in.
    /ls
          List who is in your room. If you are in none, list all rooms.
    /quit
          Leave your room.

Everything else that you type goes to everyone else in your room.
>
